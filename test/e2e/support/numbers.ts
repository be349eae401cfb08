/** A phone number id for each test, so that none sees what another left. Meta's own example and its neighbours. */
const TESTS = [
  'journey',
  'refused users',
  'paging',
  'moving list',
  'graph list',
  'unsigned',
  'malformed',
  'mixed job',
  'idempotency',
  'other idempotency',
  'one user job',
  'replayed request',
  'replayed job',
  'replayed key',
  'replayed chunk',
  'doubled chunk',
  'overtaken chunk',
  'refusals of Graph',
  'late',
  'passing faults',
  'lost answer',
  'token',
  'full at once',
  'faulty job',
  'token job',
  'refused chunk',
  'full job',
  'whole list',
  'warmed up',
  'killed before',
  'killed meanwhile',
  'killed after',
  'killed always',
  'outage',
  'renewed token',
  'revoked token',
  'limited',
  'limited with a time',
  'dead execution',
  'dead at the end',
  'never started',
  'cancelled queued',
  'cancelled throttled',
  'cancelled in progress',
  'retried in part',
  'listed jobs',
  'storm',
  'races',
  'logged',
  'explained',
  'splashify reads',
  'splashify',
  'splashify throttled',
  'splashify lost answer',
  'splashify job',
  'beside splashify job',
  'splashify drift',
  'splashify token',
  'beside splashify token',
  'many alone',
  'many refused',
  'many cancelled',
  'many more',
  'many last',
  'temporary',
  'temporary job',
  'unrecorded',
  'deferred',
  'deferred job',
  'throttled when they write',
  'moved',
  'signed webhook',
  'ends at once',
  'bodies',
  'typed calls',
  'more typed calls',
  'own',
  'not own',
  'generated client',
  'own by key',
  'not own by key',
  'through SDKs',
  'through whatsapp-api-js',
  'through pywa',
  'held to its document',
  'command line',
  'traced',
  'console',
  'console too',
  'reverted',
  'one user',
  'one user too',
  'making room',
  'time left',
  'protected user',
  'never used by a dry run',
  'told',
] as const;

export type TestNumber = (typeof TESTS)[number];

export function phoneNumberId(test: TestNumber): string {
  return `1065403522429${String(TESTS.indexOf(test)).padStart(2, '0')}`;
}

/** Mobile numbers as their countries give them out: what comes before the last digits, and how many those are. */
const PLANS = [
  ['1415', 7],
  ['1917', 7],
  ['44774', 7],
  ['49151', 8],
  ['5511987', 6],
  ['62812', 8],
  ['91981', 7],
  ['234803', 7],
] as const;
/** Without a factor in common with a power of ten, so that no two of a plan's numbers are the same. */
const STEP = 27_182_819;

/**
 * Distinct users in digits, as in `wa_id`, spread over countries; always the same ones, from the `first` on. Who is looked at on
 * every number, protected or erased belongs to one file alone: those from 100,000 on.
 */
export function phoneNumbers(count: number, first = 0): string[] {
  return Array.from({ length: count }, (_, index) => {
    const place = first + index;
    const [prefix, digits] = PLANS[place % PLANS.length] ?? PLANS[0];
    const turn = Math.floor(place / PLANS.length) + 1;
    return prefix + String((turn * STEP) % 10 ** digits).padStart(digits, '0');
  });
}

/** Business-scoped user ids. */
export function businessScopedIds(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `US.1349120865530274${String(1000 + index)}`);
}

/** A number as people write it. */
export function spelled(digits: string): string {
  return `+${digits.slice(0, 2)} (${digits.slice(2, 5)}) ${digits.slice(5, 8)}-${digits.slice(8)}`;
}
