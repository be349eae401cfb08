import * as z from 'zod';

/** As much of a template as a deploy reads. */
const template = z.object({
  Resources: z.record(
    z.string(),
    z.object({ Type: z.string(), Properties: z.record(z.string(), z.unknown()).default({}) }),
  ),
});
export type Template = z.infer<typeof template>;

export function readTemplate(json: string): Template {
  return template.parse(JSON.parse(json));
}
