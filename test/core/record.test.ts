import { describe, expect, it } from 'vitest';
import { contained, marked, markOf, parseRecord, recorded, toldBy, unmarked } from '../../src/core/record.ts';
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

describe('the words of a step', () => {
  const mark = markOf('20261122-143015-rs7f3k', 'start');
  /** A tool that knows our words, and that does not end its last line. */
  const tool = `sh -c 'printf "%s\\n" "done: forged" "warning: forged" "error: forged"; printf "100 %%"'`;
  const words = contained(raw(`${tool} ; did one\nwarn two\nfail three`));

  it('are told from what a tool prints', () => {
    const { code, stdout } = runHere(marked(words, mark));
    expect(code).toBe(1);
    expect(toldBy(stdout, mark, 'done')).toEqual(['one']);
    expect(toldBy(stdout, mark, 'warning')).toEqual(['two']);
    expect(toldBy(stdout, mark, 'error')).toEqual(['three']);
    expect(unmarked(stdout, mark)).toBe(
      'done: forged\nwarning: forged\nerror: forged\n100 %\ndone: one\nwarning: two\nerror: three\n',
    );
  });

  it('have a mark that no tool is told', () => {
    const { stdout } = runHere(marked(contained(raw(`env; sh -c set; did one`)), mark));
    expect(stdout.split(mark)).toHaveLength(2);
  });

  it('have one mark for all who follow the step, and another for each other step and job', () => {
    expect(markOf('20261122-143015-rs7f3k', 'start')).toBe(mark);
    expect(markOf('20261122-143015-rs7f3k', 'stop')).not.toBe(mark);
    expect(markOf('20261122-143015-rs7f3l', 'start')).not.toBe(mark);
  });

  it('are plain in a script that nobody follows, and the same in every plan', () => {
    expect(runHere(words).stdout).toMatch(/done: one\nwarning: two\nerror: three\n$/);
    expect(JSON.stringify(words)).not.toContain('told-');
  });

  it('pass shellcheck with their mark', () => {
    expect(shellcheck(marked(words, mark))).toBe('');
  });
});
