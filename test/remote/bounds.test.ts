import { describe, expect, it } from 'vitest';
import { createCapture } from '../../src/remote/capture.ts';
import { createLanes } from '../../src/remote/lanes.ts';

describe('captured output', () => {
  it('is whole up to its limit', () => {
    const capture = createCapture(10);
    for (const text of ['01234', '56', '789']) capture.push(Buffer.from(text));
    expect(capture.text()).toBe('0123456789');
  });

  it.each([1, 3, 7, 100])('keeps head and tail beyond it, in chunks of %i', (length) => {
    const capture = createCapture(10);
    const text = Array.from({ length: 100 }, (_, i) => String(i % 10)).join('');
    for (let i = 0; i < text.length; i += length) capture.push(Buffer.from(text.slice(i, i + length)));
    expect(capture.text()).toBe('01234\n[… 90 bytes left out …]\n56789');
    expect(capture.size).toBe(100);
  });
});

describe('lanes', () => {
  it('serve those who wait in order, as many as allowed', async () => {
    const lanes = createLanes(2);
    const served: number[] = [];
    const leaves = await Promise.all([lanes.enter(), lanes.enter()]);
    const waiting = [1, 2, 3].map(async (n) => {
      const leave = await lanes.enter();
      served.push(n);
      return leave;
    });
    expect(served).toEqual([]);
    leaves[0]?.();
    const leave = await waiting[0];
    expect(served).toEqual([1]);
    leave?.();
    leave?.();
    await waiting[1];
    expect(served).toEqual([1, 2]);
    expect(lanes.busy).toBe(2);
  });

  it('let go of those who give up', async () => {
    const lanes = createLanes(1);
    const leave = await lanes.enter();
    const stop = new AbortController();
    const given = lanes.enter(stop.signal);
    const patient = lanes.enter();
    stop.abort(new Error('enough'));
    await expect(given).rejects.toThrow('enough');
    leave();
    await patient;
  });

  it('become as few as the server turned out to allow', async () => {
    const lanes = createLanes(8);
    const leaves = await Promise.all([lanes.enter(), lanes.enter(), lanes.enter()]);
    leaves.pop()?.();
    lanes.narrow();
    let served = false;
    const third = lanes.enter().then(() => {
      served = true;
    });
    await Promise.resolve();
    expect(served).toBe(false);
    leaves.pop()?.();
    await third;
  });
});
