/** Keywords that open a block, and with it commands that may or may not be run. */
const BLOCK =
  /^(?:if|for|while|until|case|select|function|\{|\(|[A-Za-z_][A-Za-z0-9_]*\s*\(\))(?![A-Za-z0-9_=])/;
const OPENS = /^(?:if|for|while|until|case|select|\{)$/;
const CLOSES = /^(?:fi|done|esac|\})$/;
/** Behind these words another command begins. */
const LEADS = /^(?:[;\n&|()!{]|then|do|else|elif|if|while|until)$/;

/** Whether a block begins here. */
export function isBlock(text: string, at: number): boolean {
  return BLOCK.test(text.slice(at));
}

/** Where the line ends, quotes left aside. */
export function lineEnd(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  return end < 0 ? text.length : end;
}

/** Where a command that is not understood ends: behind its block, its here-document or its line. */
export function endOfUnknown(text: string, from: number): number {
  const block = isBlock(text, from);
  let depth = 0;
  let at = from;
  for (;;) {
    const end = endOfLine(text, at);
    const code = withoutQuotes(text.slice(at, end));
    const here = /<<-?\s*['"\\]?([A-Za-z_][A-Za-z0-9_]*)/.exec(text.slice(at, end))?.[1];
    let first = true;
    for (const word of code.match(/[;\n&|()]|[^\s;&|()]+/g) ?? []) {
      if (first && OPENS.test(word)) depth++;
      else if (first && CLOSES.test(word)) depth--;
      first = LEADS.test(word);
    }
    at = end;
    if (here !== undefined) {
      const close = new RegExp(`\\n\\t*${here}(?=\\n|$)`).exec(text.slice(at));
      at = close === null ? text.length : at + close.index + close[0].length;
    }
    const waits = block && depth === 0 && /\(\)\s*$/.test(code);
    if (at >= text.length || (depth <= 0 && !waits)) return at;
    at++;
  }
}

/** The end of a line, quotes, parentheses and continuations included. */
function endOfLine(text: string, from: number): number {
  let quote = '';
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    const char = text[at] ?? '';
    if (char === '\\' && quote !== "'") at++;
    else if (quote !== '') quote = char === quote ? '' : quote;
    else if (char === '"' || char === "'" || char === '`') quote = char;
    else if (char === '#' && /\s/.test(text[at - 1] ?? ' ')) at = lineEnd(text, at) - 1;
    else if (char === '(') depth++;
    else if (char === ')') depth--;
    else if (char === '\n' && depth <= 0) return at;
  }
  return text.length;
}

function withoutQuotes(text: string): string {
  return text
    .replaceAll(/\\[\s\S]/g, '')
    .replaceAll(/'[^']*'|"[^"]*"/g, '')
    .replaceAll(/(^|\s)#.*/g, '');
}
