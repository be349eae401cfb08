/**
 * Countries in which a mobile has two forms of its number, with and without a certain digit in front, and WhatsApp uses
 * either. If needed, the pattern behind it distinguishes mobiles from landlines.
 */
const FORMS: readonly { readonly long: RegExp; readonly short: RegExp; readonly digit: string }[] = [
  // Brazil's ninth digit. A landline (2 to 5) has none: with a 9, its number would be somebody else's mobile.
  { long: /^(55[1-9]\d)9([016-9]\d{7})$/, short: /^(55[1-9]\d)([016-9]\d{7})$/, digit: '9' },
  // Mexico: until 2019, callers from abroad dialled a 1.
  { long: /^(52)1([2-9]\d{9})$/, short: /^(52)([2-9]\d{9})$/, digit: '1' },
  // Argentina: callers from abroad dial a 9 for mobiles.
  { long: /^(54)9([1-8]\d{9})$/, short: /^(54)([1-8]\d{9})$/, digit: '9' },
];

/** The other form of a user's number, if WhatsApp may know them by either. */
export function otherForm(id: string): string | undefined {
  for (const { long, short, digit } of FORMS) {
    if (long.test(id)) return id.replace(long, '$1$2');
    const [, before, after] = short.exec(id) ?? [];
    if (before !== undefined) return `${before}${digit}${after}`;
  }
  return undefined;
}

/** Whether an id is a phone number and not a BSUID, which begins with the letters of a country. */
export function isNumber(id: string): boolean {
  return /^\d/.test(id);
}
