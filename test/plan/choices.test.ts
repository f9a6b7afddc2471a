import { describe, expect, it } from 'vitest';
import { OpsError } from '../../src/core/errors.ts';
import { withChoices } from '../../src/plan/choices.ts';
import { aTarget } from '../fixtures/target.ts';

const PROXY = { HTTPS_PROXY: 'http://proxy.invalid:1' };
const source = { git: 'https://git.invalid/jaws.git' };

describe('what a request may choose', () => {
  it('is the site’s own when it asks for nothing else', () => {
    const target = aTarget();
    expect(withChoices(target, {})).toMatchObject({ launcher: target.launcher, installer: target.installer });
    expect(withChoices(target, { installMethod: 'venv' }).installer).toBe(target.installer);
  });

  it('has the options that the site gives for it', () => {
    const other = { kind: 'venv' as const, source, keep: 7 };
    const target = aTarget({ installer: { kind: 'apptainer-run' }, otherInstallers: [other] });
    expect(withChoices(target, { installMethod: 'venv' }).installer).toBe(other);
  });

  it('has the options of the site’s own kind where they fit: the two of Apptainer take the same', () => {
    const own = {
      kind: 'apptainer-run' as const,
      image: 'oras://r.invalid/jaws:{version}',
      environment: PROXY,
    };
    const { installer } = withChoices(aTarget({ installer: own }), { installMethod: 'apptainer-instance' });
    expect(installer).toMatchObject({ ...own, kind: 'apptainer-instance' });
  });

  it('has its defaults else, and the environment of the site’s own', () => {
    const target = aTarget({ installer: { kind: 'venv', source, environment: PROXY } });
    const { installer } = withChoices(target, { installMethod: 'apptainer-run' });
    expect(installer).toMatchObject({
      kind: 'apptainer-run',
      environment: PROXY,
      program: '/usr/bin/apptainer',
    });
  });

  it('is an error that names the key when its defaults do not suffice', () => {
    const target = aTarget({ installer: { kind: 'apptainer-run' } });
    const choose = () => withChoices(target, { installMethod: 'venv' });
    expect(choose).toThrow(OpsError);
    expect(choose).toThrow(/config\/sites\/aws\.yaml: installers\.venv: missing, and venv needs more/);
  });
});
