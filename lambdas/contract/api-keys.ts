/**
 * The form of a key: `wabl_<stage>_<id>_<secret><checksum>`, in base 62. The prefix tells people and scanners what a key is, the
 * id may be logged, and a wrong checksum (a slip) costs no look-up. See `docs/adr/0016-keys-and-a-second-api.md`.
 */
export const API_KEY = {
  prefix: 'wabl',
  idCharacters: 12,
  /** Of 256 bits. */
  secretBytes: 32,
  secretCharacters: 43,
  /** Of the CRC32 of all that comes before it. */
  checksumCharacters: 6,
} as const;

const DAY_SECONDS = 24 * 60 * 60;

export const API_KEY_LIMITS = {
  nameCharacters: 64,
  /** Seconds that a key holds, unless it is made for another time. */
  defaultLifeSeconds: 365 * DAY_SECONDS,
  lifeSeconds: 730 * DAY_SECONDS,
  /** Seconds that the secrets before it hold after a rotation. */
  defaultOverlapSeconds: 7 * DAY_SECONDS,
  overlapSeconds: 30 * DAY_SECONDS,
  /** Secrets of one key that hold at the same time: each is compared at every look-up. */
  secretsAtOnce: 5,
  /** Rotations of one key: each is kept in its item for good. */
  rotations: 100,
} as const;

/** What a header of a caller with a key of this stage looks like; API Gateway refuses another before anything is called. */
export function authorizationPattern(stage: string): string {
  const { prefix, idCharacters, secretCharacters, checksumCharacters } = API_KEY;
  const secret = secretCharacters + checksumCharacters;
  return `^[Bb]earer ${prefix}_${stage}_[0-9A-Za-z]{${idCharacters}}_[0-9A-Za-z]{${secret}}$`;
}
