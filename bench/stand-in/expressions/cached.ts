/** Texts of one kind; the service has a few hundred. More than this would be texts with values in them. */
const LARGEST_CACHE = 10_000;

/** Parses each text once. */
export function cached<T>(parse: (expression: string) => T): (expression: string) => T {
  const known = new Map<string, T>();
  return (expression) => {
    const found = known.get(expression);
    if (found !== undefined) return found;
    if (known.size >= LARGEST_CACHE) known.clear();
    const parsed = parse(expression);
    known.set(expression, parsed);
    return parsed;
  };
}
