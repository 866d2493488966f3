/** Counts of times that passed, of many entries at once. */
import { Cron } from "croner";
import { expect, it } from "vitest";
import { PassedTimes } from "../../../host/registry/schedule/passed-times.ts";

const everySecond = new Cron("* * * * * *", { paused: true });
const [first, end] = [new Date("2026-03-28T12:00:00Z"), new Date("2026-03-28T18:00:00Z")];

it("leaves turns to others, as after a sleep of the machine all entries ask at once", async () => {
  const passed = new PassedTimes();
  let turns = 0;
  let counting = true;
  const others = () => {
    turns++;
    if (counting) setImmediate(others);
  };
  setImmediate(others);
  const counts = await Promise.all(
    Array.from({ length: 20 }, () => passed.between(everySecond, first, end, () => true)),
  );
  counting = false;
  expect(counts).toEqual(Array(20).fill(1_000));
  // The faster the machine, the fewer: the work pauses by the time that it took.
  expect(turns).toBeGreaterThan(2);
});

it("counts to the end that is asked for, and nothing for who has gone", async () => {
  const passed = new PassedTimes();
  const after = (seconds: number) => new Date(first.getTime() + 1_000 * seconds);
  expect(await passed.between(everySecond, first, after(7), () => true)).toBe(7);
  let there = true;
  const gone = passed.between(everySecond, first, end, () => there);
  there = false;
  expect(await gone).toBe(0);
});
