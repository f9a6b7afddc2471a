import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { collect, programOf, startTimeOf } from '../../src/sandbox/process.ts';
import { aSandbox, descendantsOf, ssh, sshOptions } from '../fixtures/sandbox.ts';
import { until } from '../fixtures/until.ts';

let world: Awaited<ReturnType<typeof aSandbox>>;

beforeAll(async () => {
  world = await aSandbox(['aws', 'jgi', 'tahoma', 'perlmutter']);
});
afterAll(() => world.remove());

describe('a site', () => {
  it('answers ssh as its account, on its host, in its home', async () => {
    const answer = await ssh(world, world.site('aws'), 'id -un; hostname; pwd');
    expect(answer).toMatchObject({ code: 0, stdout: 'ec2-user\nip-10-0-0-12\n/home/ec2-user\n' });
  });

  it('is another host with other accounts than the next', async () => {
    const answer = await ssh(world, world.site('perlmutter'), 'id -Gn; hostname; pwd');
    expect(answer).toMatchObject({ code: 0, stdout: 'jaws genome\nlogin07\n/global/homes/j/jaws\n' });
  });

  it('knows nothing of this machine: people, folders, processes', async () => {
    const look = await world
      .site('aws')
      .exec(['sh', '-c', 'ls -A /home /root; ls -d /work /mnt; ps -e -o pid=']);
    expect(look.stdout).toMatch(/^\/home:\nec2-user\n\n\/root:\n/);
    expect(look.stdout.trim().split('\n').length).toBeLessThan(12);
  });

  it('refuses other keys and other accounts', async () => {
    const { address, port } = world.site('aws');
    const options = sshOptions(world);
    const root = await collect(['ssh', ...options, '-p', `${port}`, `root@${address}`, 'true']);
    expect(root.code).toBe(255);
    expect(root.stderr).toContain('Permission denied (publickey)');
  });

  it('lets the login become the service account with sudo, and nobody else', async () => {
    const jgi = world.site('jgi');
    const become = await ssh(world, jgi, 'sudo -n -u jaws -i sh -c "id -un; pwd"');
    expect(become).toMatchObject({ code: 0, stdout: 'jaws\n/global/home/users/jaws\n' });
    const root = await ssh(world, jgi, 'sudo -n true');
    expect(root.code).not.toBe(0);
    expect(root.stderr).toContain('a password is required');
  });

  it('has its Python behind its module, which a login shell knows', async () => {
    const jgi = world.site('jgi');
    const load = 'module load python/3.11.6-gcc-11.4.0';
    const loaded = await jgi.exec(['bash', '-lc', `${load} && python --version`], { user: 'jaws' });
    expect(loaded).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Python 3\./) });
    expect((await jgi.exec(['bash', '-lc', 'python --version'], { user: 'jaws' })).code).toBe(127);
    const unknown = await jgi.exec(['bash', '-lc', 'module load python/9'], { user: 'jaws' });
    expect(unknown).toMatchObject({ code: 1, stderr: expect.stringContaining('python/9') });
    expect((await world.site('aws').exec(['python3.9', '--version'])).code).toBe(0);
  });

  it('keeps the folders of the real site, owned by its account', async () => {
    const look = await world
      .site('tahoma')
      .exec([
        'stat',
        '-c',
        '%U %n',
        '/tahoma/mscjgi',
        '/tahoma/mscjgi/scratch/svc-jtm-manager',
        '/big_scratch',
      ]);
    expect(look.stdout.split('\n').filter((line) => line.startsWith('svc-jtm-manager '))).toHaveLength(3);
    expect(existsSync(world.site('tahoma').path('/tahoma/mscjgi/scratch'))).toBe(true);
    expect(existsSync('/tahoma')).toBe(false);
  });
});

describe('the network of a site', () => {
  const listen = [
    'import socket, sys, time',
    's = socket.socket(); s.bind(("0.0.0.0", 64101)); s.listen(); print("up", flush=True)',
    'c, _ = s.accept(); print(c.recv(9).decode(), flush=True)',
  ].join('\n');
  const say = (word: string) =>
    `import socket; s = socket.create_connection(("127.0.0.1", 64101), 5); s.sendall(b"${word}")`;

  it('is its own: two sites use one port at once', async () => {
    const sites = [world.site('aws'), world.site('jgi')];
    const heard = sites.map((site) => site.exec(['/usr/bin/python3', '-c', listen]));
    for (const site of sites) {
      const tells = async () => (await site.exec(['/usr/bin/python3', '-c', say(site.name)])).code === 0;
      await until(`${site.name} listens`, tells);
    }
    expect((await Promise.all(heard)).map((end) => end.stdout)).toEqual(['up\naws\n', 'up\njgi\n']);
  });

  it('leads nowhere: no interface but loopback, nothing of this machine', async () => {
    const site = world.site('aws');
    const devices = await site.exec(['cat', '/proc/net/dev']);
    expect(devices.stdout.match(/^\s*(\S+):/gm)?.map((name) => name.trim())).toEqual(['lo:']);
    const server = createServer((socket) => socket.end());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const bound = server.address();
    const port = bound && typeof bound === 'object' ? bound.port : 0;
    const probe = (host: string, at: number) =>
      site.exec(['/usr/bin/python3', '-c', `import socket; socket.create_connection(("${host}", ${at}), 5)`]);
    expect((await probe('127.0.0.1', port)).stderr).toContain('ConnectionRefusedError');
    expect((await probe('192.0.2.1', 80)).stderr).toContain('Network is unreachable');
    expect((await probe('example.org', 80)).stderr).toContain('gaierror');
    server.close();
  });

  it('has the database and RabbitMQ under their names', async () => {
    const probe =
      'import socket; [socket.create_connection(a, 5) for a in (("mysql.lbl.gov", 3306), ("rmq.lbl.gov", 5672))]';
    for (const name of ['aws', 'tahoma'])
      expect((await world.site(name).exec(['/usr/bin/python3', '-c', probe])).code).toBe(0);
  });
});

describe('the way to tahoma', () => {
  it('leads through its gateway to a host with a key of its own', async () => {
    const tahoma = world.site('tahoma');
    const gate = ['ssh', ...sshOptions(world), '-p', `${tahoma.port}`, `jaws-ops@${tahoma.address}`];
    const behind = await collect([
      'ssh',
      ...sshOptions(world),
      '-o',
      `ProxyCommand=${gate.join(' ')} -W %h:%p`,
      'jaws-ops@twf1.emsl.pnl.gov',
      'hostname; sudo -n -u svc-jtm-manager -i id -un',
    ]);
    expect(behind.code).toBe(0);
    // Its login shells greet whoever comes, on the way in and at sudo again.
    const said = behind.stdout.split('\n').filter((line) => line !== '' && !line.includes('***'));
    expect(said).toEqual(['twf1.emsl.pnl.gov', 'svc-jtm-manager']);
    const keys = readFileSync(world.knownHostsFile, 'utf8').split('\n');
    const inner = keys.find((line) => line.startsWith('twf1'))?.split(' ')[2];
    const outer = keys.find((line) => line.startsWith(`[${tahoma.address}]`))?.split(' ')[2];
    expect(inner).toMatch(/^AAAA/);
    expect(inner).not.toBe(outer);
  });
});

describe('what can happen to a site', () => {
  it('sshd goes down and comes back at the same port', async () => {
    const site = world.site('perlmutter');
    await site.stopSshd();
    const refused = await ssh(world, site, 'true');
    expect(refused.stderr).toContain('Connection refused');
    await site.startSshd();
    expect((await ssh(world, site, 'true')).code).toBe(0);
  });

  it('connections break while what they started goes on', async () => {
    const site = world.site('aws');
    const home = site.path('/home/ec2-user');
    // A client may end before the sshd that served it.
    await until('the end of the connections before', () => site.connections === 0);
    const long = ssh(world, site, 'touch ~/began; until [ -e ~/go ]; do sleep 0.02; done; touch ~/done');
    await until('what goes on', () => existsSync(`${home}/began`));
    expect(site.cutConnections()).toBe(1);
    expect((await long).code).toBe(255);
    await until('the end of the connection', () => site.connections === 0);
    writeFileSync(`${home}/go`, '');
    await until('its end', () => existsSync(`${home}/done`));
  });

  it('reboots: processes and /tmp are gone, folders are not, the boot is another', async () => {
    const site = world.site('aws');
    const bootId = () => site.exec(['cat', '/proc/sys/kernel/random/boot_id']);
    const before = (await bootId()).stdout;
    await ssh(world, site, 'touch /tmp/t ~/kept; setsid sleep 600 < /dev/null > /dev/null 2>&1 &');
    let sleeper: number | undefined;
    const asleep = () => {
      sleeper = descendantsOf(site.pid ?? 0).find((pid) => programOf(pid) === 'sleep');
      return sleeper !== undefined;
    };
    await until('the sleeper', asleep);
    await site.reboot('cut');
    expect(startTimeOf(sleeper ?? 0)).toBeUndefined();
    const after = await ssh(world, site, 'ls /tmp ~');
    expect(after).toMatchObject({ code: 0, stdout: expect.stringContaining('kept') });
    expect(after.stdout).not.toMatch(/^t$/m);
    expect((await bootId()).stdout).not.toBe(before);
  });

  it('is started when wanted', async () => {
    const site = world.site('dori');
    expect(site.running).toBe(false);
    await site.start();
    const answer = await ssh(world, site, 'hostname; sudo -n -u svc-jaws -i pwd');
    expect(answer.stdout).toBe('ln010.jgi\n/clusterfs/jgi/groups/dsi/homes/svc-jaws\n');
    await site.stop();
    expect(site.running).toBe(false);
  });
});
