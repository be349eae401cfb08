/**
 * Countries in which one mobile has two forms of its number, and WhatsApp uses either: the form with a digit that was put in
 * front, and the one without. What follows it tells mobiles from landlines where that is needed.
 */
const FORMS: readonly { readonly long: RegExp; readonly short: RegExp; readonly digit: string }[] = [
  // Brazil's ninth digit. A landline (2 to 5) has none: with a 9 it would be the mobile of somebody else.
  { long: /^(55[1-9]\d)9([016-9]\d{7})$/, short: /^(55[1-9]\d)([016-9]\d{7})$/, digit: '9' },
  // Mexico, until 2019 dialled with a 1 from abroad.
  { long: /^(52)1([2-9]\d{9})$/, short: /^(52)([2-9]\d{9})$/, digit: '1' },
  // Argentina, whose mobiles have a 9 when dialled from abroad.
  { long: /^(54)9([1-8]\d{9})$/, short: /^(54)([1-8]\d{9})$/, digit: '9' },
];

/** The other form of a user's number, where WhatsApp may know them by either. */
export function otherForm(id: string): string | undefined {
  for (const { long, short, digit } of FORMS) {
    if (long.test(id)) return id.replace(long, '$1$2');
    const [, before, after] = short.exec(id) ?? [];
    if (before !== undefined) return `${before}${digit}${after}`;
  }
  return undefined;
}

/** Whether an id is a phone number, and no BSUID: those begin with the letters of a country. */
export function isNumber(id: string): boolean {
  return /^\d/.test(id);
}
