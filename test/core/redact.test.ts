import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRedactor } from '../../src/core/redact.ts';
import { MASK, Secret } from '../../src/core/secret.ts';

const redactor = (...values: string[]) =>
  createRedactor(values.map((value, i) => new Secret(`S${i}`, value)));

/** Splits text at the given fractions. */
function pieces(text: string, cuts: readonly number[]): string[] {
  const at = [0, ...cuts.map((cut) => Math.floor(cut * text.length)).sort((a, b) => a - b), text.length];
  return at.slice(1).map((to, i) => text.slice(at[i], to));
}

describe('a redactor', () => {
  it('masks a secret in running text and leaves the rest', () => {
    expect(redactor('hunter2!').text('pw=hunter2! ok')).toBe(`pw=${MASK} ok`);
  });

  it.each([
    ['base64', (s: string) => Buffer.from(s).toString('base64')],
    ['base64 after one byte', (s: string) => Buffer.from(`x${s}`).toString('base64')],
    ['base64 after two bytes', (s: string) => Buffer.from(`xy${s}z`).toString('base64')],
    ['base64url', (s: string) => Buffer.from(s).toString('base64url')],
    ['base64 of echo', (s: string) => Buffer.from(`${s}\n`).toString('base64')],
    ['percent-encoded', encodeURIComponent],
    ['a form field', (s: string) => new URLSearchParams({ s }).toString().slice(2)],
    ['JSON', (s: string) => JSON.stringify(s)],
    ['JSON in JSON', (s: string) => JSON.stringify(JSON.stringify({ s }))],
    ['a shell word', (s: string) => `'${s.replaceAll("'", `'\\''`)}'`],
    ['a double-quoted shell word', (s: string) => `"${s.replace(/["$`\\]/g, '\\$&')}"`],
    ['an INI value', (s: string) => s.replaceAll('%', '%%')],
  ])('knows a secret as %s', (_name, encode) => {
    const secret = `p%w "q'uo\\te$ é/+~ſ&<x>`;
    const shown = redactor(secret).text(`[${encode(secret)}]`);
    expect(shown).toContain(MASK);
    for (const piece of ['uo', 'te$', '%C3', 'w "q', Buffer.from(secret).toString('base64').slice(4, 12)])
      expect(shown).not.toContain(piece);
  });

  it('masks secrets that overlap as a whole', () => {
    expect(redactor('abcdef', 'defghi').text('<abcdefghi>')).toBe(`<${MASK}>`);
    expect(redactor('aaaa').text('x aaaaaaaaa y')).toBe(`x ${MASK} y`);
  });

  it('masks the lines of a private key one by one', () => {
    const key = '-----BEGIN KEY-----\nMIIEowIBAAKCAQEA\nq83vEjRWeJCrze8S\n-----END KEY-----\n';
    expect(redactor(key).text('got MIIEowIBAAKCAQEA here')).toBe(`got ${MASK} here`);
  });

  it('finds a very short secret only where it stands alone, and an empty one never', () => {
    expect(redactor('ab', '').text('ab grab ab_ =ab')).toBe(`${MASK} grab ab_ =${MASK}`);
  });

  it('keeps data intact while masking the strings in it', () => {
    const data = { a: ['x":"y', 7, null], 'k-x":"y': true };
    expect(redactor('x":"y').deep(data)).toEqual({ a: [MASK, 7, null], [`k-${MASK}`]: true });
  });
});

describe('a redacting stream', () => {
  const secrets = fc.array(
    fc.string({ minLength: 1, maxLength: 12, unit: fc.constantFrom(...'ab"%\'\\ $é') }),
    {
      minLength: 1,
      maxLength: 4,
    },
  );
  const noise = fc.string({ maxLength: 30, unit: fc.constantFrom(...'ab"%\'\\ $é_.') });
  const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 });

  it('gives what the whole text gives, however it is split', () => {
    fc.assert(
      fc.property(secrets, fc.array(noise), cuts, (values, parts, where) => {
        const text = parts.flatMap((part, i) => [part, values[i % values.length] ?? '']).join('');
        const whole = redactor(...values).text(text);
        const stream = redactor(...values).stream();
        const pushed = pieces(text, where).map((piece) => stream.push(piece));
        expect(pushed.join('') + stream.end()).toBe(whole);
      }),
      { numRuns: 500 },
    );
  });

  it('never lets a secret of four characters or more through, however it is encoded and split', () => {
    const encodings = [
      (s: string) => s,
      (s: string) => JSON.stringify(s).slice(1, -1),
      (s: string) => encodeURIComponent(s),
      (s: string) => Buffer.from(s).toString('base64'),
    ];
    fc.assert(
      fc.property(
        fc.string({ minLength: 6, maxLength: 20, unit: 'grapheme-ascii' }),
        fc.nat(3),
        noise,
        cuts,
        (secret, which, around, where) => {
          const shown = (encodings[which] ?? String)(secret);
          const stream = redactor(secret).stream();
          const out = pieces(`${around}|${shown}|${around}`, where).map((piece) => stream.push(piece));
          const result = out.join('') + stream.end();
          expect(result).toContain(MASK);
          if (!around.includes(shown)) expect(result).not.toContain(shown);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('holds back no more than the longest form', () => {
    const stream = redactor('secret-value').stream();
    const longest = Math.max(
      'secret-value'.length * 3,
      Buffer.from('secret-value').toString('base64').length,
    );
    const text = 'a plain line\n'.repeat(200);
    expect(text.length - stream.push(text).length).toBeLessThan(longest);
  });
});
