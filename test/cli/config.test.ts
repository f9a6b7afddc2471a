import { chmodSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkReport, showReport } from '../../src/cli/config.ts';
import { loadConfig } from '../../src/config/config.ts';
import { loadSecrets } from '../../src/config/secrets.ts';
import { MASK } from '../../src/core/secret.ts';
import { changedConfig, replacing, SHIPPED, temporaryFolder } from '../config/folder.ts';

const config = loadConfig(SHIPPED);

describe('config check', () => {
  it('counts what is there when all is well', () => {
    const report = checkReport(SHIPPED);
    expect(report.data).toMatchObject({ ok: true, targets: 21, problems: [] });
    expect(report.text).toContain('7 sites × 3 deployments, 21 targets, no problem');
  });

  it('lists every problem on a line of its own', () => {
    const dir = changedConfig({
      'sites/dori.yaml': replacing('kind: systemd', 'kind: x'),
      'sites/aws.yaml': replacing('JAWS_MAX_CPU: 64', 'JAWS_MAX_CPU: x'),
    });
    const report = checkReport(dir);
    expect(report.problems).toHaveLength(2);
    expect(report.data).toMatchObject({ ok: false, problems: report.problems });
    expect(report.text.split('\n')).toEqual([
      ...report.problems.map(({ message }) => message),
      `2 problems in ${dir}`,
    ]);
  });
});

describe('config show', () => {
  it('tells value and layer of every variable', () => {
    const { text, data } = showReport(config, 'prod', 'dori');
    expect(data).toMatchObject({ target: 'dori-prod', site: 'dori', deployment: 'prod' });
    expect(text).toMatch(/^JAWS_RPC_SERVER_NUM_THREADS +16 +deployment$/m);
    expect(text).toMatch(/^JAWS_SETFACL +0 +site$/m);
    expect(text).toMatch(/^JAWS_DB_PORT +3306 +default$/m);
    expect(text).toMatch(/^JAWS_BIN_DIR +\/clusterfs\/\S+ +derived$/m);
    expect(text).toMatch(/^JAWS_USERS_GROUP +"" +site$/m);
    expect(text).toMatch(/^JAWS_DB_PW +"" +secret: not read$/m);
  });

  it('masks secrets and says where they come from', async () => {
    const file = path.join(temporaryFolder(), 'secrets.yaml');
    writeFileSync(
      file,
      'default:\n  JAWS_DB_PW: hunter2\nsites:\n  dori:\n    JAWS_RMQ_PW: {env: NOT_SET}\n',
    );
    chmodSync(file, 0o600);
    const { text, data } = showReport(config, 'prod', 'dori', await loadSecrets(file, { env: {} }));
    expect(text).toMatch(new RegExp(`^JAWS_DB_PW +${MASK} +secret: default$`, 'm'));
    expect(text).toMatch(/^JAWS_RMQ_PW +"" +secret: environment variable NOT_SET is not set$/m);
    expect(text).toMatch(/^JAWS_SUPERVISORD_PW +"" +secret: missing$/m);
    expect(`${text}${JSON.stringify(data)}`).not.toContain('hunter2');
  });

  it('refuses what is not there', () => {
    expect(() => showReport(config, 'prod', 'doori')).toThrow(/did you mean dori\?/);
  });
});
