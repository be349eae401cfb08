/** What must be in no log line: a token, or a user's whole number. Used by the log guard; pure, so that it can be tested. */
export interface Leak {
  readonly kind: 'token' | 'phone number';
  readonly text: string;
}

const TOKEN = /\b(?:EAA[\w-]{4,}|pk_live_[\w-]{4,}|wabl_[a-z0-9-]+_[0-9A-Za-z]{12}_[0-9A-Za-z]+)|\bBearer\s+[^\s"'[]+/g;

/** Runs of digits that are no user, taken out before numbers are looked for. */
const NO_USER = [
  /** ULIDs, with the phone number id in front if it is the id of a job. */
  /(?:\b\d{1,32}-)?\b[0-9A-HJKMNP-TV-Z]{26}\b/g,
  /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi,
  /\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?Z?/g,
  /** Milliseconds and seconds since the epoch, from 2017 to 2033. No country's numbers look like that. */
  /\b1[5-9]\d{8}(?:\d{3})?\b/g,
  /** AWS accounts, in an ARN and by themselves if they are the usual dummy. */
  /\barn:aws[\w-]*:[\w-]*:[\w-]*:\d{12}:/g,
  /\b(?:000000000000|123456789012)\b/g,
  /** A phone number id in its own field. Meta's have 15 digits or more, and no phone number has. */
  /"phone_number_id":"\d{15,32}"/g,
  /** The phone number ids of the tests: the one of Meta's own examples and its neighbours. */
  /\b1065403522429\d\d\b/g,
];

/** 10 to 15 digits, with or without `+` and separators, also as `%2B…` in a URL. */
const NUMBER = /(?:(?<![0-9A-Za-z])\+?|%2B)[1-9](?:[ \t().\-\u00a0\u2010-\u2015]{0,3}\d){9,14}(?![0-9A-Za-z])/g;

export function findLeaks(text: string): Leak[] {
  const tokens = [...text.matchAll(TOKEN)].map(([found]): Leak => ({ kind: 'token', text: found }));
  const users = NO_USER.reduce((left, noUser) => left.replace(noUser, '_'), text);
  const numbers = [...users.matchAll(NUMBER)].map(([found]): Leak => ({ kind: 'phone number', text: found }));
  return [...tokens, ...numbers];
}
