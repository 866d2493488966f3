/** Line of a worker to a desk that takes nothing, as the process does that has the workers and stands still. */
import { EventEmitter } from "node:events";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { workerBounds } from "../../host/bounds/worker-bounds.ts";
import { HostMeters } from "../../host/observe/host-meters.ts";
import { toldMeters } from "../../host/observe/told-meters.ts";
import { DeskLine } from "../../host/workers/desk-line.ts";
import type { FromWorker, ToWorker, WorkerNow } from "../../host/workers/protocol.ts";
import { refusalOf } from "../support/thrown.ts";

const answerTime = workerBounds.answerTime.value;

/** Other end, which reads nothing until it is told to go on. */
class Still extends EventEmitter {
  readonly sent: FromWorker[] = [];
  unsent: (() => void)[] = [];

  send(message: FromWorker, sent: () => void = () => {}): void {
    this.sent.push(message);
    this.unsent.push(sent);
  }

  goOn(): void {
    const unsent = this.unsent;
    this.unsent = [];
    for (const sent of unsent) sent();
  }

  say(message: ToWorker): void {
    this.emit("message", message);
  }

  count(desk: FromWorker["desk"]): number {
    return this.sent.filter((each) => each.desk === desk).length;
  }
}

let meters: HostMeters;
let through: Still;
let line: DeskLine;
beforeEach(() => {
  vi.useFakeTimers();
  meters = new HostMeters();
  through = new Still();
  line = new DeskLine({
    worker: 1,
    through,
    take: () => ({ meters: toldMeters(meters, true), usages: [], gauges: [], forgotten: [] }),
    now: () => ({ worker: 1 }) as WorkerNow,
    taken: () => {},
  });
});
afterEach(async () => {
  const ended = line.end();
  through.goOn();
  await ended;
  vi.useRealTimers();
});

it("refuses what is not answered in time, and asks one thing at a time until something is heard", async () => {
  const ask = () => refusalOf(line.ask({ about: "metrics" }));
  const first = ask();
  await vi.advanceTimersByTimeAsync(answerTime);
  expect((await first).code).toBe("workers-unavailable");
  const probe = ask();
  for (let i = 0; i < 100; i++) expect((await ask()).code).toBe("workers-unavailable");
  expect(through.count("ask")).toBe(2);
  await vi.advanceTimersByTimeAsync(answerTime);
  await probe;
  through.say({ desk: "took", takings: [] });
  const answers = [1, 2].map(() => line.ask({ about: "state" }));
  for (const asked of through.sent.slice(-2))
    if (asked.desk === "ask") through.say({ desk: "answer", id: asked.id, answer: { heard: [], late: [] } });
  for (const answer of answers) expect(await answer).toEqual({ heard: [], late: [] });
});

it("tells nothing more while the last is unsent, and then all of it", async () => {
  for (let i = 0; i < 5; i++) {
    meters.plugin("p").function("f").fuel.add(1);
    await vi.advanceTimersByTimeAsync(workerBounds.telling.value);
  }
  expect(through.count("told")).toBe(1);
  through.goOn();
  await vi.advanceTimersByTimeAsync(workerBounds.telling.value);
  const last = through.sent.at(-1);
  expect(last).toMatchObject({
    desk: "told",
    told: { meters: { plugins: [{ functions: [{ fuel: { count: 4 } }] }] } },
  });
});

it("ends though nobody takes what it tells last", async () => {
  const ended = line.end();
  await vi.advanceTimersByTimeAsync(answerTime);
  await ended;
  expect(through.sent.at(-1)).toMatchObject({ desk: "told", last: true });
});
