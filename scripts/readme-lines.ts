/** One line of a block of commands in the README. */
export interface ReadmeLine {
  /** Line of the file, from 1. */
  readonly at: number;
  /** Without the comment at its end. */
  readonly text: string;
}

/** The lines to be typed: those of fenced blocks without a language and of shell ones, in their order. */
export function readmeLines(markdown: string): readonly ReadmeLine[] {
  const found: ReadmeLine[] = [];
  let language: string | undefined;
  for (const [i, raw] of markdown.split('\n').entries()) {
    const fence = /^```(\w*)/.exec(raw);
    if (fence !== null) language = language === undefined ? (fence[1] ?? '') : undefined;
    else if (language === '' || language === 'sh' || language === 'console') {
      const text = raw.replace(/\s+#\s.*$/, '').trim();
      if (text !== '' && !text.startsWith('#')) found.push({ at: i + 1, text });
    }
  }
  return found;
}

/** What the README says to type at the demo's prompt: the code of that sentence that begins with `/jaws`. */
export function promptLines(markdown: string): readonly string[] {
  const [, sentence = ''] = /At the demo's prompt type ([\s\S]*?), or open/.exec(markdown) ?? [];
  return [...sentence.matchAll(/`(\/jaws[^`]*)`/g)].map(([, text = '']) => text);
}

/** `export A=b C="d e"` as names and values; undefined for any other line. */
export function exported(text: string): Readonly<Record<string, string>> | undefined {
  const [, list] = /^export\s+(.*)$/.exec(text) ?? [];
  if (list === undefined) return undefined;
  return Object.fromEntries(
    [...list.matchAll(/(\w+)=(?:"([^"]*)"|(\S*))/g)].map(([, name = '', quoted, plain]) => [
      name,
      quoted ?? plain ?? '',
    ]),
  );
}
