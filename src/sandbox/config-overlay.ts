import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Document, parseDocument } from 'yaml';
import { OpsError } from '../core/errors.ts';
import { APPTAINER } from './apptainer.ts';

/** Where a site of the sandbox is reached. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
  readonly identityFile: string;
  readonly knownHostsFile: string;
}

/** Who may do everything in a sandbox: Slack user ids, user group ids, login names of the command line. */
export interface Operators {
  readonly users?: readonly string[];
  readonly groups?: readonly string[];
  readonly cli?: readonly string[];
}

/** A host of the sandbox that is down refuses at once: these are for a machine that is busy with other things. */
const CONNECT_TIMEOUT_MS = 60_000;
const KEEPALIVE_MS = 20_000;
const WHEELS = '/opt/jaws-wheels';

/**
 * Writes the sandbox's configuration: a copy of a real one with other ways to the sites and other sources of
 * software, and a rule for the sandbox's operators. Everything else stays what production reads.
 */
export function overlayConfig(
  from: string,
  to: string,
  endpoints: Readonly<Record<string, Endpoint>>,
  operators: Operators = {},
): void {
  rmSync(to, { recursive: true, force: true });
  cpSync(from, to, { recursive: true });
  for (const file of readdirSync(join(to, 'sites')).filter((name) => name.endsWith('.yaml'))) {
    const name = file.slice(0, -'.yaml'.length);
    const endpoint = endpoints[name];
    if (!endpoint) throw new OpsError('internal', `${name}: the sandbox has no such site`);
    edit(join(to, 'sites', file), (document) => overlaySite(document, endpoint));
  }
  const rule = Object.entries(operators).filter(([, names]) => names.length > 0);
  if (rule.length === 0) return;
  edit(join(to, 'policy.yaml'), (document) => {
    document.addIn(
      ['rules'],
      document.createNode({
        ...Object.fromEntries(rule),
        rights: ['read', 'operate', 'deploy', 'approve'],
      }),
    );
  });
}

function overlaySite(document: Document, endpoint: Endpoint): void {
  const { address, port, identityFile, knownHostsFile } = endpoint;
  // With a jump, the host behind it keeps its name: the gateway is what this machine sees.
  const gate = document.hasIn(['access', 'jumps', 0]) ? ['access', 'jumps', 0] : ['access'];
  document.setIn([...gate, 'host'], address);
  document.setIn([...gate, 'port'], port);
  document.setIn(['access', 'identityFile'], identityFile);
  document.setIn(['access', 'knownHostsFile'], knownHostsFile);
  document.setIn(['access', 'connectTimeoutMs'], CONNECT_TIMEOUT_MS);
  document.setIn(['access', 'keepaliveMs'], KEEPALIVE_MS);
  for (const kind of ['supervisor', 'scrontab']) {
    const block = blockOf(document, 'launcher', kind);
    document.setIn([...block, 'pipArgs'], ['--no-index', '--find-links', WHEELS]);
  }
  const venv = blockOf(document, 'installer', 'venv');
  document.setIn([...venv, 'source'], { wheel: `${WHEELS}/jaws_site-{version}-py3-none-any.whl` });
  document.setIn([...venv, 'pipArgs'], ['--no-index']);
  document.setIn(['env', 'JAWS_APPTAINER_PATH'], APPTAINER);
}

/** Where the options of a tool stand: in the site's own block, or among those that a request may choose. */
function blockOf(document: Document, block: 'launcher' | 'installer', kind: string): readonly string[] {
  return document.getIn([block, 'kind']) === kind ? [block] : [`${block}s`, kind];
}

function edit(path: string, change: (document: Document) => void): void {
  const document = parseDocument(readFileSync(path, 'utf8'));
  const [problem] = document.errors;
  if (problem) throw new OpsError('config.file', `${path}: ${problem.message}`);
  change(document);
  writeFileSync(path, document.toString({ lineWidth: 110 }));
}
