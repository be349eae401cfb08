import { z } from 'zod';

/** What a cursor of Graph holds: a position, and the version of the list that the position belongs to. */
export interface Cursor {
  offset: number;
  version: number;
}

const cursorSchema = z.object({ offset: z.int().nonnegative(), versionId: z.string().regex(/^\d{1,16}$/) });

/** Written as Graph writes it: base64 of JSON in which `Z` reads `ZA` and `=` reads `ZD`. Opaque to a client. */
export function encodeCursor({ offset, version }: Cursor): string {
  const base64 = Buffer.from(JSON.stringify({ offset, versionId: String(version) })).toString('base64');
  return base64.replaceAll('Z', 'ZA').replaceAll('=', 'ZD');
}

/** Undefined if the text is no cursor of this simulator. */
export function decodeCursor(text: string): Cursor | undefined {
  const base64 = text.replaceAll('ZD', '').replaceAll('ZA', 'Z');
  try {
    const parsed = cursorSchema.safeParse(JSON.parse(Buffer.from(base64, 'base64').toString('utf8')));
    return parsed.success ? { offset: parsed.data.offset, version: Number(parsed.data.versionId) } : undefined;
  } catch {
    return undefined;
  }
}
