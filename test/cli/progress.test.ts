import { describe, expect, test } from 'vitest';
import { createProgress } from '../../src/cli/progress.ts';
import { failedIn, fold, runningIn, succeeded, T0 } from '../fixtures/runs.ts';

const ESC = '\u001b';
const MOVES = new RegExp(`(${ESC}\\[\\d+A|${ESC}\\[2K|\n)`);
const UP = new RegExp(`^${ESC}\\[(\\d+)A$`);

/** A terminal that keeps what it shows: understands exactly the sequences that are written. */
function aScreen(columns = 80) {
  const rows: string[] = [''];
  let row = 0;
  const writes: string[] = [];
  return {
    isTTY: true,
    columns,
    writes,
    rows,
    write(text: string) {
      writes.push(text);
      for (const part of text.split(MOVES)) {
        const up = UP.exec(part);
        if (up !== null) row -= Number(up[1]);
        else if (part === '\u001b[2K') rows[row] = '';
        else if (part === '\n') {
          row += 1;
          rows[row] ??= '';
        } else rows[row] += part;
      }
    },
  };
}

const plain = { TERM: 'xterm', NO_COLOR: '1' };
const at = (ms: number) => () => T0 + ms;

describe('on a terminal', () => {
  test('each step has one line that is drawn again in place', () => {
    const screen = aScreen();
    const progress = createProgress(screen, plain, at(3_400));
    progress.update(runningIn('stage'));
    expect(screen.rows.slice(0, 3)).toEqual(['✓ Check  1.0 s  check went well', '⠋ Stage  2.0 s', '· Stop']);
    progress.update(succeeded());
    progress.close();
    expect(screen.rows.at(-2)).toBe('✓ Verify  3.6 s  4 of 4 running');
    expect(screen.rows.join()).not.toContain('⠋');
  });

  test('the same state is not written twice, and a changed one in one go', () => {
    const screen = aScreen();
    const progress = createProgress(screen, plain, at(3_400));
    progress.update(runningIn('stage'));
    progress.update(runningIn('stage'));
    progress.close();
    expect(screen.writes).toHaveLength(1);
  });

  test('no line is wider than the terminal', () => {
    const screen = aScreen(30);
    const progress = createProgress(screen, plain, at(3_400));
    progress.update(
      fold(runningIn('stage'), {
        at: T0,
        type: 'step-output',
        step: 'stage',
        text: '日本語の名前の長い説明をここに書いておく',
      }),
    );
    progress.update(failedIn('stage', 'x'.repeat(300)));
    progress.close();
    for (const row of screen.rows) expect(Array.from(row).length).toBeLessThan(30);
    expect(screen.rows[1]).toMatch(/^✗ Stage {2}1\.6 s {2}x+…$/);
  });

  test('colours only where they are wanted', () => {
    const [colored, uncolored] = [aScreen(), aScreen()];
    for (const [screen, env] of [
      [colored, { TERM: 'xterm' }],
      [uncolored, plain],
    ] as const) {
      const progress = createProgress(screen, env, at(3_400));
      progress.update(succeeded());
      progress.close();
    }
    expect(colored.writes.join('')).toContain('\u001b[32m✓\u001b[0m');
    expect(uncolored.writes.join('')).not.toMatch(new RegExp(`${ESC}\\[\\d+m`));
  });

  test('what a site prints cannot steer it', () => {
    const screen = aScreen();
    const progress = createProgress(screen, plain, at(3_400));
    progress.update(failedIn('stage', 'a\u001b[2Jb\nc'));
    progress.close();
    expect(screen.writes.join('')).not.toContain('\u001b[2J');
    expect(screen.rows[1]).toContain('a?[2Jb c');
  });
});

test.each([
  ['a pipe', { isTTY: false }, plain],
  ['a terminal that cannot move its cursor', { isTTY: true }, { TERM: 'dumb' }],
])('plain lines in %s: one when a step begins, one when it has ended', (_, kind, env) => {
  const screen = { ...aScreen(), ...kind };
  const progress = createProgress(screen, env, at(3_400));
  progress.update(runningIn('stage'));
  progress.update(failedIn('stage', 'no space left'));
  progress.close();
  expect(screen.writes.slice(0, 3)).toEqual([
    '✓ Check  1.0 s  check went well\n',
    '▸ Stage\n',
    '✗ Stage  1.6 s  no space left\n',
  ]);
  expect(screen.writes.join('')).not.toContain('\u001b');
});
