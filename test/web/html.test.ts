import { expect, it } from 'vitest';
import { html } from '../../src/web/html.ts';

it('escapes every value, in text and in quoted attributes', () => {
  const hostile = `<script>alert("1")</script> & 'x'`;
  expect(html`<p title="${hostile}">${hostile}</p>`.text).toBe(
    '<p title="&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;x&#39;">&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;x&#39;</p>',
  );
});

it('puts templates into templates as they are, and lists one after another', () => {
  expect(html`<ul>${['<a>', 'b'].map((text) => html`<li>${text}</li>`)}</ul>`.text).toBe(
    '<ul><li>&lt;a&gt;</li><li>b</li></ul>',
  );
});

it('shows nothing for what is not there, and zero for zero', () => {
  expect(html`${undefined}${false}${0}`.text).toBe('0');
});

it('lets no character through that steers a terminal or turns the direction of text', () => {
  expect(html`${'a\u001b[31mb\u202ec\u0000'}`.text).toBe('a\ufffd[31mb\ufffdc\ufffd');
  expect(html`${'two\nlines\tand Ωμέγα'}`.text).toBe('two\nlines\tand Ωμέγα');
});
