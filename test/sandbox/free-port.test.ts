import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { expect, it } from 'vitest';
import { freePort } from '../../src/sandbox/free-port.ts';

/** Local ports whose last connection the kernel remembers. Source: proc_net_tcp of the kernel's documentation. */
function remembered(): readonly number[] {
  return readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , , state]) => state === '06')
    .map(([, local = '']) => Number.parseInt(local.split(':')[1] ?? '', 16));
}

it.each(['127.0.0.1', '127.0.0.17'])('is kept from all who do not name it, at %s', async (address) => {
  const port = await freePort(address);
  expect(remembered()).toContain(port);
  const server = createServer();
  await once(server.listen(port, address), 'listening');
  await new Promise((resolve) => server.close(resolve));
});
