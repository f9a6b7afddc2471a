import { mkdirSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { revealed, type Script } from '../../src/core/script.ts';
import type { Target } from '../../src/core/target.ts';
import type { Connector } from '../../src/core/transport.ts';
import { catalogueLines, cataloguePath } from '../../src/plan/catalogue.ts';
import { observeTarget } from '../../src/run/status.ts';
import { aFolder, runHere } from '../fixtures/shell.ts';
import { aTarget } from '../fixtures/target.ts';

let folder: ReturnType<typeof aFolder>;
beforeEach(() => {
  folder = aFolder();
});
afterEach(() => folder.remove());

/** A site on this machine, and the scripts that it was sent. */
function aSite(): { readonly connector: Connector; readonly sent: Script[] } {
  const sent: Script[] = [];
  const connector: Connector = {
    connect: async () => ({
      async run(script) {
        sent.push(script);
        const { code, stdout, stderr } = runHere(script);
        return { exit: { kind: 'exit', code }, stdout, stderr };
      },
      close: async () => undefined,
    }),
    close: async () => undefined,
  };
  return { connector, sent };
}

/** Our folder at the site with this list of what is deployed. */
function keep(target: Target, lines: readonly string[]): void {
  mkdirSync(target.paths.ops, { recursive: true });
  writeFileSync(cataloguePath(target), `${lines.join('\n')}\n`);
}

const names = (target: Target) => target.services.map(({ name }) => name);

describe.each(['supervisor', 'systemd'] as const)('the status of a target under %s', (kind) => {
  /** A target, and the same one when its first service still had another name. */
  function renamed() {
    const target = aTarget({
      root: folder.path,
      ...(kind === 'systemd' ? { launcher: { kind: 'systemd' as const } } : {}),
    });
    const [first, ...others] = target.services;
    if (first === undefined) throw new Error('no services');
    const before = { ...target, services: [{ ...first, name: 'task-log', program: 'task-log' }, ...others] };
    return { target, before };
  }

  test('is that of the services that are deployed, not of those that a deploy would bring', async () => {
    const { target, before } = renamed();
    keep(target, catalogueLines(before.services));
    const { connector, sent } = aSite();
    const { services } = await observeTarget(target, connector, () => 0);
    expect(services.map(({ service }) => service)).toEqual(names(before));
    expect(revealed(sent.at(-1) as Script), 'the launch tool is asked for them').toContain('task-log');
  });

  test('takes one round trip where they are the same, and where nothing was kept of them', async () => {
    const { target } = renamed();
    const { connector, sent } = aSite();
    const { services } = await observeTarget(target, connector, () => 0);
    expect(services.map(({ service }) => service)).toEqual(names(target));
    keep(target, catalogueLines(target.services));
    expect((await observeTarget(target, connector, () => 0)).services).toHaveLength(names(target).length);
    expect(sent).toHaveLength(2);
  });
});

test('a list that makes no sense is told, and nothing is guessed from it', async () => {
  const target = aTarget({ root: folder.path });
  keep(target, ['../../etc/passwd x']);
  const status = await observeTarget(target, aSite().connector, () => 0);
  expect(status).toMatchObject({ condition: 'unknown', services: [] });
  expect(status.detail).toContain('expected the four names of a service');
});

test('a site whose answer was cut off is out of reach', async () => {
  const connector: Connector = {
    connect: async () => ({
      run: async () => ({ exit: { kind: 'lost', reason: 'the channel closed' }, stdout: '', stderr: '' }),
      close: async () => undefined,
    }),
    close: async () => undefined,
  };
  const status = await observeTarget(aTarget({ root: folder.path }), connector, () => 0);
  expect(status).toMatchObject({ condition: 'unreachable', observedAt: 0 });
  expect(status.detail).toContain('the channel closed');
});
