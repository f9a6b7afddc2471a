import { expect, test } from 'vitest';
import { createRedactor } from '../../src/core/redact.ts';
import { masked } from '../../src/core/script.ts';
import { reveal, Secret } from '../../src/core/secret.ts';
import { assumedObservation } from '../../src/plan/check.ts';
import { makePlan } from '../../src/plan/plan.ts';
import { renderTarget } from '../../src/plan/render-target.ts';
import { request } from '../fixtures/runs.ts';
import { aTarget } from '../fixtures/target.ts';
import { combinations, RELEASE } from '../golden/combinations.ts';

// A backend printed secrets into its log; a file with three passwords escaped the rule that closed all others, because
// that rule went by file names; a login was traced to the log of the deploy.

/** Every target as its site runs it. */
const own = combinations().offered.filter((one) => one.own);

test('whatever file carries a secret is for the account alone, whatever its name', () => {
  const marks = ['sesame-jaws_db_pw', 'sesame-jaws_rmq_pw'];
  const target = aTarget();
  const carrying = renderTarget(target, RELEASE).filter(({ content }) =>
    marks.some((mark) => reveal(content).includes(mark)),
  );
  expect(carrying.length).toBeGreaterThan(0);
  for (const { path, mode } of carrying) expect(mode, path).toBe(0o600);
  for (const { target: each, name } of own)
    for (const { path, mode, content } of renderTarget(each, RELEASE))
      if (content instanceof Secret) expect(mode, `${each.id}, ${name}: ${path}`).toBe(0o600);
});

test('no script of a step that changes something holds one: those are kept at the site and shown in plans', () => {
  for (const { target, site, name } of own) {
    const secrets = Object.values(target.env.secrets);
    const wish = request({ site, deployment: target.deployment });
    for (const { id, script, kind } of makePlan(wish, target, RELEASE, assumedObservation(target)).steps) {
      if (kind !== 'act') continue;
      expect(
        script.parts.some((part) => 'word' in part && part.word instanceof Secret),
        `${target.id}, ${name}: ${id}`,
      ).toBe(false);
      for (const secret of secrets) expect(masked(script)).not.toContain(reveal(secret));
      expect(masked(script), `${target.id}, ${name}: ${id}`).not.toMatch(/^\s*set -[a-z]*x/m);
    }
  }
});

test('one that a program prints is masked before it reaches a log or a channel', () => {
  const redactor = createRedactor([new Secret('JAWS_DB_PW', 'hunter-2-hunter')]);
  expect(redactor.text('connecting as jaws:hunter-2-hunter@db')).toBe('connecting as jaws:••••••@db');
  const stream = redactor.stream();
  expect(`${stream.push('pw=hunter-2-')}${stream.push('hunter!\n')}${stream.end()}`).not.toContain('hunter');
});

test('one that its file could not carry is refused before anything is sent', () => {
  const broken = aTarget({ secrets: { JAWS_DB_PW: 'two\nlines' } });
  expect(() => renderTarget(broken, RELEASE)).toThrow(/JAWS_DB_PW/);
});
