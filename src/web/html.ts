/** A piece of HTML that may stand in a page as it is. Made with {@link html}, which escapes what it is given. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** What may stand between the parts of an {@link html} template: text is escaped, nothing is shown for the last two. */
export type Content = string | number | Html | readonly Content[] | undefined | false;

/** Control characters, and those that change the direction of what follows: neither is for a page. */
const UNSHOWN = /[^\P{Cc}\t\n\r]|\p{Bidi_Control}/gu;
const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** A template of HTML. Every value is escaped for text and for quoted attributes, wherever it comes from. */
export function html(parts: TemplateStringsArray, ...values: readonly Content[]): Html {
  return new Html(parts.map((part, i) => (i === 0 ? part : `${textOf(values[i - 1])}${part}`)).join(''));
}

function textOf(content: Content): string {
  if (content === undefined || content === false) return '';
  if (content instanceof Html) return content.text;
  if (typeof content === 'string' || typeof content === 'number')
    return String(content)
      .replace(UNSHOWN, '\ufffd')
      .replace(/[&<>"']/g, (char) => ENTITIES[char] ?? char);
  return content.map(textOf).join('');
}
