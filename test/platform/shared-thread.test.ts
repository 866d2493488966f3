/** Who comes when on the thread that all share. */
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Habit, type Piece, SharedThread } from "../../host/platform/shared-thread.ts";

/** The clock goes on only where a piece of work says that it took long. */
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

const long = 400;
const turnOver = () => new Promise((resolve) => setImmediate(resolve));

function company() {
  const thread = new SharedThread();
  const order: string[] = [];
  const work = async (name: string, habit: Habit, milliseconds: number, piece?: Piece) => {
    const waiting = thread.turn(habit, piece);
    if (waiting) await waiting;
    const began = performance.now();
    vi.advanceTimersByTime(milliseconds);
    order.push(name);
    thread.ran(habit, performance.now() - began);
  };
  return { thread, order, work };
}

function quick(): Habit {
  const habit = new Habit();
  habit.note(1);
  return habit;
}

it("lets those who are quick begin at once", () => {
  const { thread } = company();
  const habit = quick();
  for (let i = 0; i < 5; i++) {
    expect(thread.turn(habit)).toBe(undefined);
    thread.ran(habit, 1);
  }
  expect(thread.turn(new Habit())).toBeInstanceOf(Promise);
  expect(thread.turn(habit, "large")).toBeInstanceOf(Promise);
});

it("lets who took long once, and is cheap by price ever since, begin at once again", async () => {
  const { work, thread } = company();
  const habit = quick();
  for (let i = 0; i < 20; i++) habit.priced(true);
  await work("a", habit, long);
  // As calls are told of: by the clock where they are to be, else by their price.
  for (let i = 0; i < 50; i++) {
    habit.priced(true);
    if (habit.timed) thread.ran(habit, 0.05);
    await turnOver();
  }
  expect(thread.turn(habit)).toBe(undefined);
});

it("ends a turn that has lasted for a while, and then lets the quick come first", async () => {
  const { order, work } = company();
  const [attacker, bystander] = [quick(), quick()];
  const all = ["a1", "a2", "a3"].map((name) => work(name, attacker, long));
  all.push(work("b", bystander, 1));
  await Promise.all(all);
  expect(order).toEqual(["a1", "b", "a2", "a3"]);
});

it("makes no two long pieces in a row, whoever they are for, and leaves turns in between", async () => {
  const { order, work } = company();
  const bystander = quick();
  let going = true;
  const calls = (async () => {
    while (going) {
      await work("b", bystander, 1);
      await turnOver();
    }
  })();
  const attackers = Array.from({ length: 5 }, () => new Habit());
  await Promise.all(
    attackers.flatMap((habit, i) => [work(`a${i}`, habit, long), work(`a${i}`, habit, long, "last")]),
  );
  going = false;
  await calls;
  const between = order.join("").split(/a\d/).slice(1, -1);
  expect(between).toHaveLength(9);
  for (const meanwhile of between) expect(meanwhile).toMatch(/^b+$/);
});

it("has everybody come once before anybody comes twice", async () => {
  const { order, work } = company();
  const [one, other] = [new Habit(), new Habit()];
  await Promise.all([
    ...[1, 2, 3].map(() => work("one", one, long)),
    ...[1, 2].map(() => work("other", other, long)),
  ]);
  expect(order).toEqual(["one", "other", "one", "other", "one"]);
});

it("lets those come who are not quick, where others fill every turn", async () => {
  const { order, work } = company();
  const [busy, slow] = [quick(), new Habit()];
  let going = true;
  const calls = Array.from({ length: 3 }, async () => {
    while (going) await work("busy", busy, 9);
  });
  await work("slow", slow, long);
  going = false;
  await Promise.all(calls);
  expect(order.indexOf("slow")).toBeLessThan(20);
});

it("wakes one after the other those who go on for long", async () => {
  const { thread, order, work } = company();
  const [sleeper, bystander] = [quick(), quick()];
  const wake = async () => {
    await thread.wake(sleeper);
    vi.advanceTimersByTime(long);
    order.push("woken");
  };
  const all = [wake(), wake(), wake()];
  await turnOver();
  all.push(work("b", bystander, 1));
  await Promise.all(all);
  expect(order).toEqual(["woken", "b", "woken", "woken"]);
  expect(sleeper.quick).toBe(false);
});

it("does what is put off at the end of the turn, before anybody who waited for one", async () => {
  const { order, work, thread } = company();
  const waits = work("slow", new Habit(), 1);
  thread.putOff(() => order.push("put off"));
  await work("quick", quick(), 0.1);
  await waits;
  await turnOver();
  expect(order).toEqual(["quick", "put off", "slow"]);
});

it("puts nothing off for longer than some short calls take, and not much at once", async () => {
  const { order, thread } = company();
  thread.putOff(() => order.push("first"));
  thread.used(0.9);
  expect(order).toEqual([]);
  thread.used(0.2);
  expect(order).toEqual(["first"]);
  for (let i = 0; i < 100; i++) thread.putOff(() => order.push("more"));
  expect(order.length).toBeGreaterThan(50);
  await turnOver();
  expect(order.length).toBe(101);
});
