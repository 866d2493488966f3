import { expect, it } from "vitest";
import { FirstCounts, SubjectEnds } from "../../host/nats/first-counts.ts";
import type { NatsMessage } from "../../host/nats/nats-message.ts";

const message = (subject: string, seq: number, after?: number) => ({ subject, seq, after }) as NatsMessage;

it("the first of several that were on their way together counts, however many other subjects come between", () => {
  const judge = new FirstCounts();
  expect(judge.counts(message("p", 1))).toBe(true);
  for (let seq = 2; seq < 1_000; seq++) expect(judge.counts(message(`other.${seq}`, seq))).toBe(true);
  expect(judge.counts(message("p", 1_000, 1))).toBe(true);
  expect(judge.counts(message("p", 1_001, 1))).toBe(false);
  expect(judge.counts(message("p", 1_002, 1_000))).toBe(true);
});

it("a follower remembers the subjects of the newest messages, and judges others that change again as exactly", () => {
  const judge = new FirstCounts();
  const subjects = 30_000;
  for (let seq = 1; seq <= subjects; seq++) judge.counts(message(`p.${seq}`, seq));
  expect(judge.size).toBeLessThan(10_000);
  // Nothing that came within that time was before it.
  expect(judge.counts(message("p.1", subjects + 1, 1))).toBe(true);
  expect(judge.counts(message("p.1", subjects + 2, 1))).toBe(false);
  expect(judge.counts(message("p.1", subjects + 3, subjects + 1))).toBe(true);
  expect(judge.size).toBeLessThan(10_000);
});

it("of a follower that has just begun the first message of a subject may count or not, and the next is judged by its own condition", () => {
  const judge = new FirstCounts();
  expect(judge.counts(message("p", 500, 300))).toBe(true);
  expect(judge.counts(message("p", 501, 400))).toBe(true);
  expect(judge.counts(message("p", 502, 400))).toBe(false);
});

it("the first message of a subject may count or not where others before it are gone", () => {
  const judge = new FirstCounts();
  for (let seq = 1; seq <= 10_000; seq++) judge.counts(message("other", seq));
  // Its first, 10,001, is gone, so that this one may be void by it.
  expect(judge.counts(message("p", 10_002, 5))).toBe(true);
  expect(judge.counts(message("p", 10_003, 10_001))).toBe(true);
});

it("no question is asked of a message right after the one that was to be before it", async () => {
  const asked: string[] = [];
  const ends = new SubjectEnds((_, subject, seq) => {
    asked.push(`${subject} ${seq}`);
    return (async function* () {
      yield message(subject, seq, seq - 1);
    })();
  });
  await ends.counting("s", message("p", 8, 7));
  expect(await ends.isFirst("s", message("q", 12, 11))).toBe(true);
  expect(asked).toEqual([]);
  await ends.counting("s", message("p", 20, 8));
  expect(asked).toEqual(["p 9"]);
});
