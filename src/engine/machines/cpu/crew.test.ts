import { expect, test, vi } from 'vitest';
import { Crew, type Task } from './crew.js';
import type { Answer, Job, Order } from './messages.js';

/** An empty module for the members, which run nothing in this test. */
const MODULE = new WebAssembly.Module(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0));

/** A crew whose members only record what they are sent. Buffers are transferred, as between threads. */
function crewOf(members: number) {
  const sent: { member: number; job: Job }[] = [];
  const answers: ((answer: Answer) => void)[] = [];
  const crew = new Crew(
    MODULE,
    (onAnswer) => {
      const member = answers.push(onAnswer) - 1;
      return {
        post: (order: Order, moved) => {
          const copy = structuredClone({ ...order, module: undefined }, { transfer: [...moved] });
          if (order.kind === 'job') sent.push({ member, job: { ...order, writes: 'writes' in copy ? copy.writes : [] } });
        },
        stop: () => undefined,
      };
    },
    members,
  );
  return { crew, sent, answer: (member: number, answer: Answer) => answers[member]?.(answer) };
}

const task = (plan: number, urgent = false): Task => {
  const data = Uint8Array.of(plan);
  return { plan, writes: () => [{ at: 0, data: data.slice() }], reads: [], urgent, timed: false };
};
const plansOf = (sent: readonly { member: number; job: Job }[], member: number): number[] =>
  sent.filter((one) => one.member === member).map(({ job }) => job.plan);

test('each member has one group, and a second one waiting while more groups are left than there are members', () => {
  const { crew, sent, answer } = crewOf(2);
  void crew.run([0, 1, 2, 3, 4, 5].map((plan) => task(plan)));
  expect([plansOf(sent, 0), plansOf(sent, 1)]).toEqual([
    [0, 2],
    [1, 3],
  ]);
  // The last two go to the members that are free first, so that none waits behind another.
  answer(1, { kind: 'done', number: sent[1]!.job.number, results: [] });
  expect(sent).toHaveLength(4);
  answer(1, { kind: 'done', number: sent[3]!.job.number, results: [] });
  expect(plansOf(sent, 1)).toEqual([1, 3, 4]);
});

test('the last groups are divided, and their results joined', async () => {
  const { crew, sent, answer } = crewOf(2);
  const half = (plan: number): Task => ({ ...task(plan), reads: [{ at: 0, bytes: 1 }] });
  const whole = (plan: number): Task => ({ ...half(plan), divide: () => [half(10 * plan), half(10 * plan + 1)] });
  const results = crew.run([1, 2, 3].map(whole));
  const finish = (index: number): void => {
    const { member, job } = sent[index]!;
    answer(member, { kind: 'done', number: job.number, results: [Uint8Array.of(job.plan).buffer] });
  };
  expect(sent.map(({ job }) => job.plan)).toEqual([1, 20]);
  for (let index = 0; index < sent.length; index++) finish(index);
  expect(sent.map(({ job }) => job.plan).sort()).toEqual([1, 20, 21, 30, 31]);
  const bytes = (await Promise.all(results)).map(([buffer]) => [...new Uint8Array(buffer!)]);
  expect(bytes).toEqual([[1], [20, 21], [30, 31]]);
});

test('an urgent group goes to a member with waiting groups, and a second urgent one to the other member', () => {
  const { crew, sent } = crewOf(2);
  void crew.run([0, 1, 2, 3, 4, 5].map((plan) => task(plan)));
  for (let plan = 10; plan < 13; plan++) void crew.run([task(plan, true)]);
  expect([plansOf(sent, 0).slice(2), plansOf(sent, 1).slice(2)]).toEqual([[10], [11]]);
});

test('the groups of a member without room go to the others with their bytes, although the buffers had moved', async () => {
  const { crew, sent, answer } = crewOf(2);
  const results = crew.run([task(7), task(8)]);
  answer(0, { kind: 'full' });
  answer(1, { kind: 'done', number: sent[1]!.job.number, results: [] });
  const again = sent.at(-1);
  expect(again.member).toBe(1);
  expect(again.job.plan).toBe(7);
  expect([...again.job.writes[0]!.data]).toEqual([7]);
  answer(1, { kind: 'done', number: again.job.number, results: [] });
  await expect(Promise.all(results)).resolves.toEqual([[], []]);
});

test('a crew that gives way leaves its last member free for that time, except for urgent groups, and works with all members afterwards', () => {
  vi.useFakeTimers();
  try {
    const { crew, sent, answer } = crewOf(2);
    crew.giveWay(100);
    void crew.run([0, 1, 2].map((plan) => task(plan)));
    expect([plansOf(sent, 0), plansOf(sent, 1)]).toEqual([[0, 1], []]);
    void crew.run([task(9, true)]);
    expect(plansOf(sent, 1)).toEqual([9]);
    answer(1, { kind: 'done', number: sent[2]!.job.number, results: [] });
    // Asked again, it gives way for longer.
    vi.advanceTimersByTime(60);
    crew.giveWay(100);
    vi.advanceTimersByTime(60);
    expect(sent).toHaveLength(3);
    vi.advanceTimersByTime(40);
    expect(plansOf(sent, 1)).toEqual([9, 2]);
  } finally {
    vi.useRealTimers();
  }
});

test('the only member gives no way', () => {
  const { crew, sent } = crewOf(1);
  crew.giveWay(10);
  void crew.run([task(0)]);
  expect(plansOf(sent, 0)).toEqual([0]);
});
