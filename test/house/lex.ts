/**
 * A source text seen three ways. All have the length of the text and its line breaks, so an offset in one is the
 * same place in the others; what does not belong to a view is blank there.
 */
export interface Views {
  /** Code with the quotes of strings but not their content; code inside `${…}` counts as code. */
  readonly code: string;
  readonly comments: string;
  /** The content of string, template and regular expression literals. */
  readonly strings: string;
}

type View = keyof Views;

/** Words after which a slash begins a regular expression, not a division. */
const BEFORE_REGEX = /(?:^|[=([{,;:!&|?+*%~^<>-]|\b(?:return|typeof|case|in|of|throw|await|yield))$/;

/** Separates code, comments and literals of TypeScript well enough for rules on text; it does not parse. */
export function viewsOf(text: string): Views {
  const out: Record<View, string[]> = { code: [], comments: [], strings: [] };
  const put = (view: View, from: number, to: number) => {
    for (let i = from; i < to; i++) {
      const char = text[i] as string;
      const blank = char === '\n' ? '\n' : ' ';
      out.code.push(view === 'code' ? char : blank);
      out.comments.push(view === 'comments' ? char : blank);
      out.strings.push(view === 'strings' ? char : blank);
    }
  };
  /** Depths of braces at which a template literal goes on. */
  const templates: number[] = [];
  let depth = 0;
  let at = 0;
  let before = '';

  const literal = (from: number, to: number) => {
    put('code', from, from + 1);
    put('strings', from + 1, Math.max(to - 1, from + 1));
    if (to > from + 1) put('code', to - 1, to);
    before = 'literal';
    at = to;
  };
  const template = (from: number) => {
    let end = from + 1;
    while (end < text.length && text[end] !== '`' && !text.startsWith('${', end))
      end += text[end] === '\\' ? 2 : 1;
    put('code', from, from + 1);
    put('strings', from + 1, Math.min(end, text.length));
    at = Math.min(end, text.length);
    if (text[at] === '`') {
      put('code', at, at + 1);
      at += 1;
      before = 'literal';
    } else if (at < text.length) {
      put('code', at, at + 2);
      at += 2;
      templates.push(depth);
      before = '(';
    }
  };

  while (at < text.length) {
    const char = text[at] as string;
    if (text.startsWith('//', at)) {
      const end = indexOr(text, '\n', at);
      put('comments', at, end);
      at = end;
    } else if (text.startsWith('/*', at)) {
      const end = Math.min(indexOr(text, '*/', at + 2) + 2, text.length);
      put('comments', at, end);
      at = end;
    } else if (char === "'" || char === '"') literal(at, endOfString(text, at, char));
    else if (char === '`') template(at);
    else if (char === '/' && BEFORE_REGEX.test(before)) literal(at, endOfRegex(text, at));
    else if (char === '}' && templates.at(-1) === depth) {
      templates.pop();
      template(at);
    } else {
      if (char === '{') depth++;
      if (char === '}') depth--;
      put('code', at, at + 1);
      if (!/\s/.test(char)) before = /\w/.test(char) && /\w$/.test(before) ? before + char : char;
      else if (/\w$/.test(before) && !BEFORE_REGEX.test(before)) before = 'word ';
      at++;
    }
  }
  return { code: out.code.join(''), comments: out.comments.join(''), strings: out.strings.join('') };
}

function indexOr(text: string, wanted: string, from: number): number {
  const found = text.indexOf(wanted, from);
  return found < 0 ? text.length : found;
}

function endOfString(text: string, from: number, quote: string): number {
  let end = from + 1;
  while (end < text.length && text[end] !== quote && text[end] !== '\n') end += text[end] === '\\' ? 2 : 1;
  return Math.min(end + 1, text.length);
}

function endOfRegex(text: string, from: number): number {
  let end = from + 1;
  let inClass = false;
  while (end < text.length && text[end] !== '\n' && (inClass || text[end] !== '/')) {
    if (text[end] === '[') inClass = true;
    if (text[end] === ']') inClass = false;
    end += text[end] === '\\' ? 2 : 1;
  }
  return Math.min(end + 1, text.length);
}
