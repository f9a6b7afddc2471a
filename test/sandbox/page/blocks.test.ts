import { describe, expect, it } from 'vitest';
import { blocksHtml } from '../../../src/sandbox/page/blocks.ts';
import { type Known, mrkdwn } from '../../../src/sandbox/page/mrkdwn.ts';
import { runMessage } from '../../../src/slack/views.ts';
import { failedIn, queued, runningIn, succeeded } from '../../fixtures/runs.ts';

const KNOWN: Known = {
  people: new Map([['U1', 'ada']]),
  channels: new Map([['C1', 'jaws-aws']]),
  groups: new Map([['S1', 'operators']]),
};
const marked = (text: string) => mrkdwn(text, KNOWN).text;
const drawn = (...blocks: unknown[]) => blocksHtml(blocks, KNOWN).text;

describe('mrkdwn', () => {
  it.each([
    ['*bold* and _not_', '<strong>bold</strong> and <em>not</em>'],
    ['*a _b_ c*', '<strong>a <em>b</em> c</strong>'],
    ['`*code*`', '<code>*code*</code>'],
    ['```\na *b*\nc\n```', '<pre tabindex="0">a *b*\nc</pre>'],
    ['2*3*4 a_b_c', '2*3*4 a_b_c'],
    ['a\nb', 'a<br>b'],
    ['&lt;b&gt; &amp;amp;', '&lt;b&gt; &amp;amp;'],
    [
      '<@U1> in <#C1>, <@U9>',
      '<span class="mention">@ada</span> in <span class="mention">#jaws-aws</span>, <span class="mention">@U9</span>',
    ],
    [
      '<https://a.example/?b=1&amp;c=2|here>',
      '<a href="https://a.example/?b=1&amp;c=2" rel="noreferrer">here</a>',
    ],
    ['<javascript:alert(1)|here>', 'here'],
    [
      '<!date^0^{date} at {time}|then>',
      '<time datetime="1970-01-01T00:00:00.000Z" data-format="{date} at {time}">then</time>',
    ],
    [
      '<!subteam^S1|@old> <!subteam^S9>',
      '<span class="mention">@operators</span> <span class="mention">@S9</span>',
    ],
    ['&lt;script&gt;alert(1)', '&lt;script&gt;alert(1)'],
  ])('%s', (text, expected) => {
    expect(marked(text)).toBe(expected);
  });

  it('shows a call to everybody as what it would be', () => {
    expect(marked('<!here>')).toContain('is-loud');
  });
});

describe('blocks', () => {
  it.each([
    ['queued', queued()],
    ['running', runningIn('stage')],
    ['failed', failedIn('stage', 'no space left')],
    ['succeeded', succeeded()],
  ])('draws every block of a run that is %s', (_, state) => {
    for (const style of ['plan', 'section'] as const) {
      const text = drawn(...runMessage(state, style).blocks);
      expect(text).not.toContain('undrawn');
      expect(text).toContain('<h3>');
    }
  });

  it('fails visibly on a block that it does not know', () => {
    expect(drawn({ type: 'hologram', text: '<b>' }, { type: 'divider' })).toMatch(
      /^<p class="undrawn" role="alert">This page cannot draw a block of type hologram: .*<\/p><hr>$/,
    );
    expect(drawn({ type: 'actions', elements: [{ type: 'datepicker' }] })).toContain('undrawn');
    expect(drawn('no block')).toContain('undrawn');
  });

  it('fails visibly on a part of a block that it does not know, rather than leaving it out', () => {
    const text = { type: 'plain_text', text: 'a' };
    const whole = { type: 'section', text, block_id: 'b' };
    expect(drawn(whole)).not.toContain('undrawn');
    expect(drawn({ ...whole, sparkle: true })).toContain('undrawn');
    expect(drawn({ ...whole, accessory: { type: 'overflow', options: [] } })).toContain('undrawn');
    const button = { type: 'button', text, action_id: 'a', value: 'v', workflow: {} };
    expect(drawn({ type: 'actions', elements: [button] })).toContain('undrawn');
    expect(drawn({ type: 'input', block_id: 'i', label: text, element: { type: 'timepicker' } })).toContain(
      'undrawn',
    );
  });

  it('draws a menu whose options are pressed like buttons', () => {
    const text = { type: 'plain_text', text: 'Stop <b>' };
    const menu = { type: 'overflow', action_id: 'more', options: [{ text, value: 'stop' }] };
    const option = 'data-action="more" data-value="stop">Stop &lt;b&gt;</button>';
    for (const block of [
      { type: 'actions', elements: [menu] },
      { type: 'section', text, accessory: menu },
    ]) {
      expect(drawn(block)).toContain('<summary aria-label="More actions">');
      expect(drawn(block)).toContain(option);
    }
  });

  it('draws standard Markdown', () => {
    expect(drawn({ type: 'markdown', text: '**a** <b>' })).toBe(
      '<div class="markdown"><p><strong>a</strong> &lt;b&gt;</p>\n</div>',
    );
  });

  it('asks once more where a button wants it, with nothing of the question taken for markup', () => {
    const words = (value: string) => ({ type: 'plain_text', text: value });
    const confirm = { title: words('Sure?'), text: words('<b>'), confirm: words('Yes'), deny: words('No') };
    const button = { type: 'button', text: words('End'), action_id: 'a', value: 'v', confirm };
    expect(drawn({ type: 'actions', elements: [button] })).toContain(
      '&quot;text&quot;:&quot;&amp;lt;b&amp;gt;&quot;',
    );
  });

  it('gives a button what its press must carry, quoted', () => {
    const value = JSON.stringify({ command: 'status', input: { site: `"><script>` } });
    const text = drawn({
      type: 'actions',
      elements: [
        { type: 'button', text: { type: 'plain_text', text: 'Look' }, action_id: 'choice-0', value },
      ],
    });
    expect(text).toContain('data-action="choice-0" data-value="{&quot;command&quot;:&quot;status&quot;');
    expect(text).not.toContain('<script>');
  });
});
