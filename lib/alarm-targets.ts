import * as z from 'zod';

const TOPIC = /^arn:aws[a-z-]*:sns:([a-z0-9-]+):\d{12}:[\w-]{1,256}$/;

/** The ARN of a topic that an alarm of the region can notify. */
export const alarmTopic = (region: string | undefined) =>
  z
    .string()
    .regex(TOPIC, 'must be the ARN of a standard SNS topic, like arn:aws:sns:eu-west-1:111122223333:alarms')
    .refine((arn) => region === undefined || (TOPIC.exec(arn)?.[1] ?? region) === region, {
      error: `must be a topic of ${region}, where the stack is: an alarm tells topics of its own region only`,
    });

/** One target for every alarm, or one for those that wake somebody and one for those that can wait. */
export const bySeverity = <T extends z.ZodType<string, string>>(target: T, example: string) =>
  z
    .union(
      [
        target,
        z
          .strictObject({ page: target.optional(), ticket: target.optional() })
          .refine(
            ({ page, ticket }) => page !== undefined || ticket !== undefined,
            'must have "page", "ticket" or both',
          ),
      ],
      `must be ${example}, or {"page": …, "ticket": …} with one or both of them`,
    )
    .transform((given) => (typeof given === 'object' ? given : { page: given, ticket: given }));
