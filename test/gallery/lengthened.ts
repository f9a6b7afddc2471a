/** What a site could print or a person type: markup, a mention, quotes, two scripts, an emoji of several characters. */
const STRANGE = '<!channel> & "`x`" $(id) *bold* ```a``` 日本語の名前 שלום 👩🏽‍🔬 ﷽ \u001b[31mred\u001b[0m ';

/** Keys whose text others decide on, with the most characters that gets through to a message. */
const FREE: Readonly<Record<string, number>> = {
  detail: 2_000,
  message: 2_000,
  next: 1_000,
  title: 1_000,
  subject: 300,
  reason: 300,
  duringMaintenance: 300,
  duringFreeze: 300,
  text: 40_000,
  ended: 1_000,
  why: 1_000,
  name: 80,
  version: 64,
  release: 100,
  unit: 200,
};
/** Keys of lists of lines. */
const LINES: Readonly<Record<string, number>> = { notes: 500, tail: 300, rows: 400, details: 500 };

/** The same data with the longest texts that can be there. What names a target, a job or an answer stays as it is. */
export function lengthened<T>(data: T): T {
  const grown: T = JSON.parse(JSON.stringify(data), (key, value: unknown) => grownUnder(key, value));
  return grown;
}

function grownUnder(key: string, value: unknown): unknown {
  const lines = LINES[key];
  if (lines !== undefined && Array.isArray(value))
    return value.map((item: unknown) =>
      typeof item === 'string' ? longest(lines) : Array.isArray(item) ? item.map(() => longest(lines)) : item,
    );
  const most = FREE[key];
  return most !== undefined && typeof value === 'string' ? longest(most) : value;
}

/** Text of this many characters. */
export function longest(length: number): string {
  return STRANGE.repeat(Math.ceil(length / STRANGE.length))
    .slice(0, length)
    .trimEnd();
}
