import * as z from 'zod';

/** Roles and users with their whole path; a session counts as its role. */
const PRINCIPAL = /^arn:aws[a-z-]*:iam::(\d{12}):(role|user)\/(?:[\w+=,.@-]+\/)*([\w+=,.@-]{1,64})$/;
/** Characters of `callerNumbers` as JSON. Lambda accepts 4 KB for all variables of a function. */
const CALLER_NUMBERS_CHARACTERS = 2_000;

/** Phone number ids of callers that may use no other, by the ARN of each. */
export const callerNumbers = z
  .record(z.string(), z.array(z.string().regex(/^\d{1,32}$/, 'must be a phone number id: digits, in quotes')).min(1))
  .check(({ value, issues }) => {
    const refuse = (path: string[], message: string) => issues.push({ code: 'custom', input: value, path, message });
    const known = new Set<string>();
    for (const arn of Object.keys(value)) {
      const [, account, kind, name = ''] = PRINCIPAL.exec(arn) ?? [];
      if (account === undefined) {
        refuse([arn], 'must be the ARN of a role or user, like arn:aws:iam::111122223333:role/support');
      }
      // The ARN of a session does not have the path of its role, and IAM has no two names that differ only in path or case.
      const principal = `${account}:${kind}/${name.toLowerCase()}`;
      if (known.has(principal)) refuse([arn], 'names a role or user that another entry names too');
      known.add(principal);
    }
    const length = JSON.stringify(value).length;
    if (length > CALLER_NUMBERS_CHARACTERS) {
      refuse([], `is ${length} characters long as JSON; the functions take at most ${CALLER_NUMBERS_CHARACTERS}`);
    }
  });
