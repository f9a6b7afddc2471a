import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createFrameReader } from '../../src/remote/frame.ts';

const TOKEN = 'jaws-ops-0123456789abcdef';

/** Feeds a text in pieces cut at the given places. */
function read(text: string, cuts: readonly number[]) {
  const bytes = Buffer.from(text);
  const reader = createFrameReader(TOKEN);
  const places = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  const output: Uint8Array[] = [];
  let from = 0;
  for (const to of places) {
    output.push(reader.push(bytes.subarray(from, to)));
    from = to;
  }
  output.push(reader.rest());
  return { reader, output: Buffer.concat(output).toString() };
}

describe('a framed stream', () => {
  it('gives what stands between the lines, wherever it is cut', () => {
    const noise = fc.string().filter((text) => !text.includes(TOKEN));
    fc.assert(
      fc.property(
        noise,
        noise,
        noise,
        fc.array(fc.nat(500)),
        fc.nat(255),
        (before, body, after, cuts, code) => {
          const text = `${before}${TOKEN} begin 77\n${body}${TOKEN} end ${code}\n${after}`;
          const { reader, output } = read(text, cuts);
          expect(output).toBe(body);
          expect([reader.session, reader.code]).toEqual([77, code]);
        },
      ),
    );
  });

  it('hands out a body that looks like the start of an end line', () => {
    const body = `jaws-ops-0123 ${TOKEN} en`;
    expect(read(`${TOKEN} begin 7\n${body}`, [30, 40, 50]).output).toBe(body);
  });

  it('does not hold back what cannot be an end line', () => {
    const reader = createFrameReader(TOKEN);
    reader.push(Buffer.from(`${TOKEN} begin 7\n`));
    expect(Buffer.from(reader.push(Buffer.from('progress 50 %\n'))).toString()).toBe('progress 50 %\n');
  });

  it('keeps what came instead of a begin line', () => {
    const { reader, output } = read('sudo: a password is required\n', [4]);
    expect(output).toBe('');
    expect(reader.before).toBe('sudo: a password is required\n');
    expect(reader.session).toBeUndefined();
  });
});
