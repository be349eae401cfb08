/** Why a spelling names nobody, in words for its sender. For a job's entry, the name of the reason is stored. */
export const PROBLEMS = {
  nobody: 'Neither a phone number in international format nor a business-scoped user id',
  empty: 'Empty: neither a phone number nor a business-scoped user id',
  tooLong: 'Longer than 256 characters: neither a phone number nor a business-scoped user id',
  userId: 'Not a business-scoped user id: two letters of the country, a dot, then 1 to 128 letters and digits',
  decimal: 'A decimal, not a phone number: was the column exported from a spreadsheet?',
  exponent: 'A number in scientific notation, whose last digits are lost: was the column exported from a spreadsheet?',
  date: 'A date, not a phone number',
  twoNumbers: 'Two numbers in one: send each as an entry of its own',
  extension: 'A number with an extension: send the number alone',
  uri: 'A link, not a phone number: send the number alone',
  lines: 'More than one line: send each number as an entry of its own',
  script: 'Digits of another script: write the number with the digits 0 to 9',
  noPlus: 'Perhaps a national number: begin with + and the country code (digits alone are a wa_id)',
  prefix: 'No country code begins with 0: begin with + and the country code, without 00 or 011',
  trunkZero: 'A trunk prefix: leave out the 0 that is dialled within the country',
  separators:
    'Not spelled as a phone number: + and the country code, then groups of digits with a space, dash, dot, slash or brackets between',
  length: 'A phone number in international format has 7 to 15 digits',
} as const;

export type Problem = keyof typeof PROBLEMS;

export function isProblem(name: string | undefined): name is Problem {
  return name !== undefined && Object.hasOwn(PROBLEMS, name);
}
