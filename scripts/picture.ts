import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { channelText } from '../src/sandbox/channel-text.ts';
import { namesOf, startProduct } from '../src/sandbox/product.ts';
import { typed } from '../src/sandbox/typed.ts';

/** Height of a line and left edge of the text, in pixels. */
const LINE = 21;
const LEFT = 74;

/**
 * Draws docs/deploy-message.svg from the message that a real deploy in the sandbox has left in its channel.
 * Run by hand when the message's design changes: `node --import tsx scripts/picture.ts`.
 */
const dir = mkdtempSync(join(tmpdir(), 'jaws-ops-picture-'));
const product = await startProduct({ dir: join(dir, 'sandbox'), sites: ['aws'] });
try {
  await typed(product, '/jaws deploy dev aws 2.5.4');
  const { message } = await typed(product, '/jaws deploy dev aws 2.6.0 --reason "release"');
  if (message === undefined) throw new Error('the deploy left no message');
  const text = channelText(message.blocks, namesOf(product)).replace(/started \S+/, 'started today 14:02');
  writeFileSync(new URL('../docs/deploy-message.svg', import.meta.url), draw(text.split('\n')));
} finally {
  await product.close();
  rmSync(dir, { recursive: true, force: true });
}

function draw(lines: readonly string[]): string {
  const height = lines.length * LINE + 78;
  const width = 820;
  const rows = lines.map((line, i) => row(line, 76 + i * LINE, i)).join('\n');
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="A deploy in Slack: seven steps done, four services running">
<style>text{font:15px "Lato","Segoe UI","Helvetica Neue",Arial,sans-serif;fill:#1d1c1d;white-space:pre}.head{font-weight:700;font-size:18px}.dim{fill:#616061;font-size:13px}.mono{font:13px ui-monospace,Menlo,Consolas,monospace}.ok{fill:#007a5a;font-weight:700}.name{font-weight:700}</style>
<rect width="${width}" height="${height}" rx="8" fill="#fff" stroke="#ddd"/>
<rect x="20" y="20" width="40" height="40" rx="8" fill="#1264a3"/><text x="29" y="47" style="fill:#fff;font-weight:700;font-size:20px">J</text>
<text x="${LEFT}" y="36" class="name">jaws-ops</text><rect x="158" y="23" width="32" height="16" rx="3" fill="#e8e8e8"/><text x="162" y="36" style="font-size:11px;fill:#616061">APP</text><text x="200" y="36" class="dim">#jaws-aws</text>
${rows}
</svg>
`;
}

function row(line: string, y: number, index: number): string {
  const step = /^ {2}([✔✘…·]) (.*)$/u.exec(line);
  if (step !== null)
    return `<text x="${LEFT + 8}" y="${y}" class="ok">${step[1]}</text><text x="${LEFT + 30}" y="${y}">${escaped(step[2])}</text>`;
  if (/^ {6}/.test(line)) return `<text x="${LEFT + 30}" y="${y}" class="dim">${escaped(line.trim())}</text>`;
  if (/^ {2}\S/.test(line))
    return `<text x="${LEFT + 8}" y="${y}" class="mono">${escaped(line.slice(2)).replaceAll(' ', '\u00a0')}</text>`;
  return `<text x="${LEFT}" y="${y}" class="${index === 0 ? 'head' : index === 1 ? 'dim' : ''}">${escaped(line)}</text>`;
}

function escaped(text = ''): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
