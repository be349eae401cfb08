import * as z from 'zod/mini';

/** Fields of a webhook payload. One that is unlike the rest counts as absent: it must not cost the payload. */
export const maybe = <T extends z.ZodMiniType>(field: T) => z.catch(z.optional(field), undefined);

/** An id, which some senders write as a JSON number. One too large to be exact is none. */
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
