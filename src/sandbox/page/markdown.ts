import { Marked, type Tokens } from 'marked';
import { type Content, Html, html } from '../../web/html.ts';
import { entities } from './mrkdwn.ts';

const parts = (parsed: string): Html => new Html(parsed);

/** Everything that could carry markup of the text itself is drawn here; the parser only finds what is what. */
const markdown = new Marked({
  gfm: true,
  renderer: {
    // Slack draws headings of every depth alike; one level also keeps the outline of the page without gaps.
    heading({ tokens }) {
      return html`<h3>${parts(this.parser.parseInline(tokens))}</h3>`.text;
    },
    code({ text }) {
      return html`<pre tabindex="0">${text}</pre>`.text;
    },
    codespan({ text }) {
      return html`<code>${text}</code>`.text;
    },
    html({ text }) {
      return html`${text}`.text;
    },
    text(token) {
      return 'tokens' in token && token.tokens !== undefined
        ? this.parser.parseInline(token.tokens)
        : html`${entities(token.text)}`.text;
    },
    link({ href, tokens }) {
      const inner = parts(this.parser.parseInline(tokens));
      return (/^https?:/.test(href) ? html`<a href="${href}" rel="noreferrer">${inner}</a>` : inner).text;
    },
    image({ text }) {
      return html`<em>${text}</em>`.text;
    },
    checkbox({ checked }) {
      return html`<span role="img" aria-label="${checked ? 'done' : 'to do'}">${checked ? '☑' : '☐'}</span> `
        .text;
    },
    table({ header, rows }) {
      const row = (cells: readonly Tokens.TableCell[], draw: (cell: Html) => Content) =>
        html`<tr>${cells.map(({ tokens }) => draw(parts(this.parser.parseInline(tokens))))}</tr>`;
      return html`<div class="scroll" tabindex="0" role="group" aria-label="Table"><table><thead>${row(header, (cell) => html`<th scope="col">${cell}</th>`)}</thead><tbody>${rows.map((cells) => row(cells, (cell) => html`<td>${cell}</td>`))}</tbody></table></div>`
        .text;
    },
  },
});

/** The standard Markdown of Slack's `markdown` block as HTML. HTML in the text is shown as it was typed. */
export function markdownHtml(text: string): Html {
  return parts(markdown.parse(text, { async: false }));
}
