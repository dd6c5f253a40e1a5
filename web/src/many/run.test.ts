import { expect, test } from 'vitest';
import { Refusal, type Once } from '../api/asking';
import { Many, type Job } from './run';

const refused = (status: number, after: number | null = null) =>
  new Refusal('refused', '', status, null, [], after);
const tick = () => new Promise((resolve) => setTimeout(resolve, 1));

test('few are asked for at once, and all are done', async () => {
  let [now, most] = [0, 0];
  const jobs = Array.from({ length: 20 }, (_, n): Job<number> => ({
    id: String(n),
    send: async () => {
      most = Math.max(most, ++now);
      await tick();
      now -= 1;
      return n;
    },
  }));
  const many = new Many(jobs);
  await many.run();
  expect(many.in('done')).toBe(20);
  expect(most).toBe(4);
  expect(many.outcome('7')).toEqual({ state: 'done', answer: 7 });
});

test('what failed is tried again under the same key, what is done is not', async () => {
  const keys: Record<string, string[]> = { good: [], bad: [] };
  const send = (id: string) => async (once: Once) => {
    keys[id].push(once.header(id)['Idempotency-Key']);
    if (id === 'bad' && keys.bad.length === 1) throw refused(503);
    await tick();
  };
  const many = new Many(['good', 'bad'].map((id) => ({ id, send: send(id) })));
  await many.run();
  expect(many.outcome('bad').state).toBe('failed');
  await many.run();
  expect(many.in('done')).toBe(2);
  expect(keys.good).toHaveLength(1);
  expect(keys.bad).toHaveLength(2);
  expect(keys.bad[0]).toBe(keys.bad[1]);
});

test('429 holds all of them for as long as it says, and fails none', async () => {
  const waited: number[] = [];
  let first = true;
  const jobs = ['a', 'b'].map((id): Job<void> => ({
    id,
    send: async () => {
      await tick();
      if (!first) return;
      first = false;
      throw refused(429, 30);
    },
  }));
  const real = Date.now;
  let passed = 0;
  Date.now = () => real() + passed;
  const pause = async (ms: number) => {
    waited.push(ms);
    passed += ms;
    await tick();
  };
  const many = new Many(jobs, undefined, pause);
  await many.run();
  Date.now = real;
  expect(many.in('done')).toBe(2);
  expect(waited[0]).toBeGreaterThan(29_000);
  expect(waited[0]).toBeLessThanOrEqual(30_000);
});

test('what needs another comes after it, and fails with it', async () => {
  const order: string[] = [];
  let works = false;
  const job = (id: string, needs: string[] = []): Job<void> => ({
    id,
    needs,
    send: async () => {
      await tick();
      if (id === 'primary' && !works) throw refused(409);
      order.push(id);
    },
  });
  const many = new Many([job('secondary', ['primary']), job('primary'), job('other')]);
  await many.run();
  expect(order).toEqual(['other']);
  expect(many.outcome('secondary')).toEqual({ state: 'failed', refusal: null });
  works = true;
  await many.run();
  expect(order).toEqual(['other', 'primary', 'secondary']);
});

test('what was stopped begins nothing more, and can go on', async () => {
  const done: number[] = [];
  const jobs = Array.from({ length: 12 }, (_, n): Job<void> => ({
    id: String(n),
    send: async () => {
      await tick();
      done.push(n);
      if (n === 3) many.stop();
    },
  }));
  const many: Many<void> = new Many(jobs);
  await many.run();
  expect(done.length).toBeLessThan(12);
  expect(many.in('waiting')).toBe(12 - done.length);
  await many.run();
  expect(many.in('done')).toBe(12);
});
