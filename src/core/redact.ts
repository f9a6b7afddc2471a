import { MASK, type Secret } from './secret.ts';
import { type Form, formsOf } from './secret-forms.ts';

/** Masks text that arrives in pieces. What is still held back may be the beginning of a secret. */
export interface RedactingStream {
  /** Takes a piece and gives what is safe to show by now. */
  push(chunk: string): string;
  /** Gives the rest. The stream can be used again afterwards. */
  end(): string;
}

/** Takes secrets out of text, whatever form they appear in. */
export interface Redactor {
  text(whole: string): string;
  /** The value with each string in it (keys too) masked; for data whose encoding must stay intact. */
  deep<T>(value: T): T;
  stream(): RedactingStream;
}

interface Span {
  from: number;
  to: number;
}

const WORD = /[A-Za-z0-9_]/;

/** Makes a {@link Redactor}. Overlapping and adjacent finds become one mask. Pure. */
export function createRedactor(secrets: Iterable<Secret>): Redactor {
  const forms = formsOf(secrets);
  const longest = forms.reduce((most, form) => Math.max(most, form.text.length + (form.alone ? 1 : 0)), 0);

  const text = (whole: string): string => {
    if (forms.length === 0 || whole === '') return whole;
    const line = stream();
    return line.push(whole) + line.end();
  };

  const stream = (): RedactingStream => {
    let held = '';
    // The character before `held`, and how much of its beginning an earlier find covers.
    let before = '';
    let covered = 0;

    const advance = (final: boolean): string => {
      const cut = final ? held.length : Math.max(0, held.length - longest + 1);
      if (cut === 0) return '';
      let out = '';
      let at = 0;
      for (const span of merge(covered > 0 ? [{ from: 0, to: covered }] : [], spansOf(forms, held, before))) {
        if (span.from >= cut) break;
        out += held.slice(at, span.from);
        // A find that goes on from an earlier piece has its mask already.
        if (!(span.from === 0 && covered > 0)) out += MASK;
        at = span.to;
      }
      if (at < cut) out += held.slice(at, cut);
      covered = Math.max(0, at - cut);
      before = held[cut - 1] ?? before;
      held = held.slice(cut);
      if (final) before = '';
      return out;
    };

    return {
      push(chunk) {
        if (forms.length === 0) return chunk;
        held += chunk;
        return advance(false);
      },
      end: () => advance(true),
    };
  };

  const deep = <T>(value: T): T => deepen(value, text) as T;
  return { text, deep, stream };
}

function spansOf(forms: readonly Form[], text: string, before: string): Span[] {
  const spans: Span[] = [];
  for (const form of forms) {
    for (let from = text.indexOf(form.text); from !== -1; from = text.indexOf(form.text, from + 1)) {
      const to = from + form.text.length;
      if (form.alone && (WORD.test(text[from - 1] ?? before) || WORD.test(text[to] ?? ''))) continue;
      spans.push({ from, to });
    }
  }
  return spans;
}

function merge(first: Span[], others: Span[]): Span[] {
  const merged: Span[] = first;
  for (const span of others.sort((a, b) => a.from - b.from)) {
    const last = merged.at(-1);
    if (last && span.from <= last.to) last.to = Math.max(last.to, span.to);
    else merged.push(span);
  }
  return merged;
}

function deepen(value: unknown, text: (whole: string) => string): unknown {
  if (typeof value === 'string') return text(value);
  if (Array.isArray(value)) return value.map((item) => deepen(item, text));
  if (value === null || typeof value !== 'object' || Object.getPrototypeOf(value) !== Object.prototype)
    return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [text(key), deepen(item, text)]));
}
