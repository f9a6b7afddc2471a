import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';

/**
 * A TCP port nobody listens on at this address, which the kernel gives to nobody else for a minute: a connection that
 * its server has ended stays in TIME-WAIT for that long, and such a port is bound by those alone who name it (with
 * SO_REUSEADDR, as servers do). Source: tcp(7), RFC 9293 section 3.6.1; Linux, inet_csk_find_open_port.
 */
export async function freePort(address = '127.0.0.1'): Promise<number> {
  const server = createServer((socket) => socket.resume().end());
  await once(server.listen(0, address), 'listening');
  const { port } = server.address() as AddressInfo;
  await once(connect(port, address).resume(), 'close');
  await new Promise((resolve) => server.close(resolve));
  return port;
}
