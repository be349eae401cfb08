import * as z from 'zod';

const texts = z.union([z.string().transform((text) => [text]), z.array(z.string())]);
const policy = z.object({
  Version: z.literal('2012-10-17'),
  Statement: z
    .array(
      z.strictObject({
        Effect: z.enum(['Allow', 'Deny']),
        Action: texts,
        Resource: texts.pipe(z.array(z.string()).min(1)),
      }),
    )
    .min(1),
});

/**
 * What a policy says of an action on a resource, as IAM evaluates it: a Deny that matches wins over every Allow, and what nothing
 * matches is left to others. A star stands for any characters, slashes among them, and a question mark for one.
 */
export function evaluatePolicy(document: unknown, action: string, resource: string): 'Allow' | 'Deny' | 'none' {
  const effects = policy
    .parse(document)
    .Statement.filter(({ Action, Resource }) => {
      const isMeant = (patterns: readonly string[], text: string) => patterns.some((one) => matches(one, text));
      return isMeant(Action, action) && isMeant(Resource, resource);
    })
    .map(({ Effect }) => Effect);
  if (effects.includes('Deny')) return 'Deny';
  return effects.includes('Allow') ? 'Allow' : 'none';
}

export function matches(pattern: string, text: string): boolean {
  const expression = RegExp.escape(pattern).replaceAll('\\*', '.*').replaceAll('\\?', '.');
  return new RegExp(`^${expression}$`, 's').test(text);
}
