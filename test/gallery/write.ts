import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { channelText } from '../../src/sandbox/channel-text.ts';
import { blocksHtml } from '../../src/sandbox/page/blocks.ts';
import type { Known } from '../../src/sandbox/page/mrkdwn.ts';
import { type Content, Html, html } from '../../src/web/html.ts';
import { alice } from '../fixtures/directory.ts';
import { samples } from './all.ts';
import { LENGTHS, type Length, pictureOf, type Sample } from './sample.ts';

/** `npm run gallery [-- DIR]`: everything the bot can say as pages to look at, and as text to read and compare. */
const dir = resolve(process.argv[2] ?? 'gallery');
const css = readFileSync(new URL('../../src/sandbox/page/assets/page.css', import.meta.url), 'utf8');
const known: Known = { people: new Map([[alice.id, alice.name]]), channels: new Map(), groups: new Map() };

function drawn(sample: Sample, length: Length): Html {
  const picture = pictureOf(sample, length, 'plan');
  const body: Content =
    picture.surface === 'message'
      ? blocksHtml(picture.blocks, known)
      : html`<pre>${channelText(picture.blocks)}</pre>`;
  const fallback =
    picture.surface === 'message' &&
    html`<details><summary>In a notification</summary><pre>${picture.text}</pre></details>`;
  return html`<section class="sample"><h2>${sample.group}: ${sample.name}</h2><div class="message"><div class="body">${body}${fallback}</div></div></section>`;
}

function page(length: Length, every: readonly Sample[]): Html {
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Everything the bot says, ${length} words</title>
<style>${new Html(css)}
body { display: block; height: auto; overflow: auto; max-width: 48rem; margin: auto; padding: 1rem }
.sample { border-top: 1px solid; margin-top: 1rem } .sample > h2 { font-size: .8rem; opacity: .7 } pre { white-space: pre-wrap }
</style></head><body><h1>Everything the bot says, ${length} words</h1>${every.map((sample) => drawn(sample, length))}</body></html>
`;
}

function asText(every: readonly Sample[]): string {
  return every
    .map((sample) => {
      const picture = pictureOf(sample, 'usual', 'plan');
      const fallback = picture.surface === 'message' ? `\n-- in a notification\n${picture.text}` : '';
      return `== ${sample.group}: ${sample.name}\n${channelText(picture.blocks)}${fallback}\n`;
    })
    .join('\n');
}

const every = await samples();
mkdirSync(dir, { recursive: true });
for (const length of LENGTHS) writeFileSync(join(dir, `${length}.html`), page(length, every).text);
writeFileSync(join(dir, 'usual.txt'), asText(every));
process.stdout.write(
  `${every.length} messages and views: ${LENGTHS.map((length) => join(dir, `${length}.html`)).join(', ')}, ${join(dir, 'usual.txt')}\n`,
);
