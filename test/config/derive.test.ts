import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bucketUrl, derive, pathsOf, withSlash } from '../../src/config/derive.ts';
import { DEPLOYMENTS } from '../../src/core/target.ts';

const deployment = fc.constantFrom(...DEPLOYMENTS);
const label = fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/);
const segments = fc.array(fc.stringMatching(/^[a-zA-Z0-9._-]{1,8}$/), { minLength: 1, maxLength: 5 });

describe('a Globus path', () => {
  it.each([
    ['', '/'],
    ['/', '/'],
    ['/x', '/x/'],
    ['/x/', '/x/'],
    ['/x//', '/x/'],
  ])('%j becomes %j', (given, wanted) => {
    expect(withSlash(given)).toBe(wanted);
  });

  it('ends in exactly one slash, and again changes nothing', () => {
    fc.assert(
      fc.property(segments, fc.nat(3), (parts, slashes) => {
        const path = withSlash(`/${parts.join('/')}${'/'.repeat(slashes)}`);
        expect(path).toBe(`/${parts.join('/')}/`);
        expect(withSlash(path)).toBe(path);
      }),
    );
  });
});

describe('a bucket', () => {
  it('carries its deployment exactly once, whether or not the base has it', () => {
    fc.assert(
      fc.property(
        fc.array(label, { minLength: 1, maxLength: 3 }),
        deployment,
        fc.boolean(),
        (parts, name, has) => {
          const words = parts.filter((part) => part !== name);
          fc.pre(words.length > 0);
          const base = `s3://${[...words, ...(has ? [name] : [])].join('-')}`;
          const url = bucketUrl(base, name);
          expect(
            url
              .slice('s3://'.length)
              .split('-')
              .filter((word) => word === name),
          ).toHaveLength(1);
          expect(bucketUrl(url, name)).toBe(url);
        },
      ),
    );
  });

  it('keeps a prefix behind the bucket', () => {
    expect(bucketUrl('s3://jaws/site/a/', 'prod')).toBe('s3://jaws-prod/site/a');
    expect(bucketUrl('s3://jaws-prod/site', 'prod')).toBe('s3://jaws-prod/site');
  });
});

describe('paths', () => {
  it('of two targets never are the same', () => {
    fc.assert(
      fc.property(segments, label, label, deployment, deployment, (base, one, two, first, second) => {
        fc.pre(one !== two || first !== second);
        const root = `/${base.join('/')}`;
        const a = pathsOf(one, first, root, root);
        const b = pathsOf(two, second, `${root}/`, root);
        expect(a.install).not.toBe(b.install);
        expect(a.scratch).not.toBe(b.scratch);
        for (const path of Object.values(a)) expect(path).not.toMatch(/\/\/|\/$/);
      }),
    );
  });
});

describe('supervisord', () => {
  it('listens on and is reached by different things', () => {
    const { values } = derive('nmdc', 'dev', { JAWS_PERLMUTTER: '1', JAWS_SUPERVISOR_PORT_DEV: '64104' });
    expect(values).toMatchObject({
      JAWS_SUPERVISOR_HOST: '*',
      JAWS_SUPERVISOR_URL: 'http://nmdc-dev.jaws.dyn.jgi.doe.gov:64104',
      JAWS_SUPERVISOR_NODAEMON: 'true',
    });
  });

  it('stays in the background outside a Slurm job, whatever a layer says', () => {
    const { values } = derive('dori', 'dev', { JAWS_PERLMUTTER: '', JAWS_SUPERVISOR_NODAEMON: 'true' });
    expect(values['JAWS_SUPERVISOR_NODAEMON']).toBe('false');
    expect(values['JAWS_SITE_DNS_NAME']).toBe('');
  });

  it('keeps a DNS name that a layer sets outside a Slurm job', () => {
    expect(
      derive('aws', 'dev', { JAWS_SITE_DNS_NAME: 'jaws.example.org' }).values['JAWS_SITE_DNS_NAME'],
    ).toBe('jaws.example.org');
  });
});
