const [QUOTE, BACKSLASH, COMMA] = [0x22, 0x5c, 0x2c];
const OPENING = new Set([0x7b, 0x5b]);
const CLOSING = new Set([0x7d, 0x5d]);

/** More names than any route knows: to search the text for each of them would take too long. */
const MOST_NAMES = 32;

/**
 * The first name that the object `json` has more than once in `text`, the valid JSON that it was read from: `JSON.parse` takes
 * the last value, and ignores the others. Only the top level counts. A list of 64,000 users is walked through only if a name
 * may be repeated, since that takes nearly as long as to parse it.
 */
export function repeatedName(text: string, json: object): string | undefined {
  const names = Object.keys(json);
  // A name may be written with escapes, and occur in a list or a text as well.
  const isSure = names.length <= MOST_NAMES && !text.includes('\\') && !names.some((name) => occursTwice(text, name));
  if (isSure) return undefined;
  const seen = new Set<string>();
  return namesIn(text).find((name) => seen.size === seen.add(name).size);
}

function occursTwice(text: string, name: string): boolean {
  const quoted = JSON.stringify(name);
  return text.includes(quoted, text.indexOf(quoted) + quoted.length);
}

/** The names at the top level, in their order. */
function namesIn(text: string): string[] {
  const names: string[] = [];
  let depth = 0;
  let isName = false;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      const end = endOfString(text, at);
      if (isName) names.push(String(JSON.parse(text.slice(at, end + 1))));
      isName = false;
      at = end;
    } else if (code === COMMA) isName = depth === 1;
    else if (OPENING.has(code)) {
      depth += 1;
      isName = depth === 1;
    } else if (CLOSING.has(code)) depth -= 1;
  }
  return names;
}

function endOfString(text: string, start: number): number {
  let at = start + 1;
  for (let code = text.charCodeAt(at); code !== QUOTE; code = text.charCodeAt(at)) at += code === BACKSLASH ? 2 : 1;
  return at;
}
