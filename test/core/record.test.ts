import { describe, expect, it } from 'vitest';
import { contained, parseRecord, recorded } from '../../src/core/record.ts';
import { join, raw, sh } from '../../src/core/script.ts';
import { runHere, shellcheck } from '../fixtures/shell.ts';

describe('a recorded script', () => {
  const script = recorded(sh`put name ${'a=b c'}
put name second
show text 3 "$(printf 'one\ntwo=2\nrecord=complete')"
cat`);

  it('comes back as values and texts, whatever stands in them', () => {
    const { stdout } = runHere(script);
    const record = parseRecord(`Welcome!\n${stdout}`, 'test');
    expect(record.values('name')).toEqual(['a=b c', 'second']);
    expect(record.value('name')).toBe('second');
    expect(record.text('text')).toEqual({ code: 3, lines: ['one', 'two=2', 'record=complete'] });
    expect(record.value('two')).toBeUndefined();
  });

  it('is refused when it ends early', () => {
    expect(() => parseRecord('name=value\n| record=complete\n', 'aws-dev: test')).toThrow(
      /aws-dev: test: .*ends early/,
    );
  });

  it('passes shellcheck', () => {
    expect(shellcheck(script)).toBe('');
  });
});

describe('a contained script', () => {
  const first = contained(raw('[ -n "$AGAIN" ] || fail "it is over"'));
  const both = join([first, raw('echo reached')]);

  it('ends all that follows when it fails, also where the shell ignores set -e', () => {
    expect(runHere(both)).toMatchObject({ code: 1, stdout: 'error: it is over\n' });
    expect(runHere(join([raw('('), both, raw(') || exit')]))).toMatchObject({
      code: 1,
      stdout: 'error: it is over\n',
    });
    expect(runHere(both, { AGAIN: 'yes' })).toMatchObject({ code: 0, stdout: 'reached\n' });
  });
});
