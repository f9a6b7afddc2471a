import { expect, it } from 'vitest';
import { markdownHtml } from '../../../src/sandbox/page/markdown.ts';

it.each([
  ['# A *b*', '<h3>A <em>b</em></h3>'],
  ['#### A', '<h3>A</h3>'],
  ['**a** ~~b~~ `c<d>`', '<p><strong>a</strong> <del>b</del> <code>c&lt;d&gt;</code></p>\n'],
  ['```sh\nls <b>\n```', '<pre tabindex="0">ls &lt;b&gt;</pre>'],
  ['> a', '<blockquote>\n<p>a</p>\n</blockquote>\n'],
  ['- a\n- b', '<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n'],
  ['- [x] a', '<ul>\n<li><span role="img" aria-label="done">☑</span> a</li>\n</ul>\n'],
  ['1. a', '<ol>\n<li>a</li>\n</ol>\n'],
  ['---', '<hr>\n'],
  ['a\\*b &lt;c&gt; &amp; d', '<p>a*b &lt;c&gt; &amp; d</p>\n'],
  [
    '[a](https://b.example/?c=1&d=2)',
    '<p><a href="https://b.example/?c=1&amp;d=2" rel="noreferrer">a</a></p>\n',
  ],
  ['![a](https://b.example/c.png)', '<p><em>a</em></p>\n'],
])('draws %j', (text, expected) => {
  expect(markdownHtml(text).text).toBe(expected);
});

it('draws a table with a head for each column', () => {
  expect(markdownHtml('|a|b|\n|-|-|\n|1|`2`|').text).toContain(
    '<thead><tr><th scope="col">a</th><th scope="col">b</th></tr></thead><tbody><tr><td>1</td><td><code>2</code></td></tr></tbody>',
  );
});

it.each([
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  'a <b onclick="c">d</b>',
  '[a](javascript:alert(1))',
  '[a](data:text/html;base64,AAAA)',
  '[a](https://b.example "\\"><script>")',
  '|<script>|\n|-|\n|<script>|',
  '```<script>\n<script>\n```',
  '&lt;script&gt;',
])('takes nothing of the text for markup: %j', (text) => {
  expect(markdownHtml(text).text).not.toMatch(/<(script|img|b)\b|javascript:|data:/);
});
