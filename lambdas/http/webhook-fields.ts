import * as z from 'zod/mini';

/** Fields of a webhook payload. An unexpected field counts as absent, and does not make the payload fail. */
export const maybe = <T extends z.ZodMiniType>(field: T) => z.catch(z.optional(field), undefined);

/** An id, which some senders write as a JSON number. A number too large to be exact is ignored. */
export const id = z.union([z.string(), z.pipe(z.int(), z.transform(String))]);
export const text = maybe(id);

/** Items that cannot be read are left out. */
export const list = <T extends z.ZodMiniType>(item: T) =>
  z.catch(
    z.pipe(
      z.array(z.catch(z.nullable(item), null)),
      z.transform((items) => items.flatMap((one) => one ?? [])),
    ),
    [],
  );
