/** An XML element. `content` is markup: text in it goes through `text` first. */
export function element(name: string, attributes: Readonly<Record<string, string | number>>, content = ''): string {
  const written = Object.entries(attributes).map(([key, value]) => {
    return ` ${key}="${typeof value === 'number' ? coordinate(value) : text(value)}"`;
  });
  return content === '' ? `<${name}${written.join('')}/>` : `<${name}${written.join('')}>${content}</${name}>`;
}

/** Text as XML may hold it. Control characters, which it may not hold at all, become spaces. */
export function text(raw: string): string {
  return raw
    .toWellFormed()
    .replace(/[\p{Cc}\uFFFE\uFFFF]/gu, ' ')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

/** A tenth of a px is finer than anybody sees, and keeps the file small. */
export function coordinate(value: number): string {
  return String(Math.round(value * 10) / 10);
}
