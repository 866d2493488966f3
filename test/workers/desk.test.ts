/** The desk of the process that has the workers, with workers in the same process at the other end. */
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { HostMeters } from "../../host/observe/host-meters.ts";
import { toldMeter, toldMeters } from "../../host/observe/told-meters.ts";
import { Desk, type DeskWorker } from "../../host/workers/desk.ts";
import type { FromWorker, Told, ToWorker, WorkerNow, WorkersAnswer } from "../../host/workers/protocol.ts";
import { until } from "../support/processes.ts";

let desk: Desk;
beforeEach(() => {
  desk = new Desk();
});
afterEach(() => desk[Symbol.dispose]());

/** Worker that counts calls, and answers as long as it is not told to stand still. */
class Worker implements DeskWorker {
  readonly number: number;
  readonly meters = new HostMeters();
  readonly got: ToWorker[] = [];
  stands = false;

  constructor(number: number) {
    this.number = number;
    this.say({ desk: "join", worker: number });
  }

  say(message: FromWorker): void {
    // As it is on its way between processes.
    desk.take(this, structuredClone(message));
  }

  send(message: ToWorker, sent: () => void): void {
    const got = structuredClone(message);
    this.got.push(got);
    sent();
    if (got.desk !== "tell" || this.stands) return;
    const { id } = got;
    queueMicrotask(() => this.say({ desk: "now", id, told: this.told(), now: this.#now() }));
  }

  call(plugin: string): void {
    const meter = this.meters.plugin(plugin).function("f");
    meter.fuel.add(1);
    meter.times.waited(performance.now());
  }

  told(forgotten: Told["forgotten"] = []): Told {
    return { meters: toldMeters(this.meters, true), usages: [], gauges: [], forgotten };
  }

  async ask(): Promise<WorkersAnswer> {
    const id = this.got.length + 1;
    this.say({ desk: "ask", id, question: { about: "metrics" } });
    const answer = () => this.got.find((each) => each.desk === "answer" && each.id === id);
    await until(() => answer() !== undefined);
    return (answer() as Extract<ToWorker, { desk: "answer" }>).answer as WorkersAnswer;
  }

  #now(): WorkerNow {
    return { worker: this.number, plugins: [] } as unknown as WorkerNow;
  }
}

const callsOf = ({ meters }: WorkersAnswer, plugin = "p") =>
  meters!.plugins.find(({ name }) => name === plugin)?.functions[0]?.fuel.count;

it("adds what workers count, also once they are gone", async () => {
  const [one, other] = [new Worker(1), new Worker(2)];
  one.call("p");
  other.call("p");
  expect(callsOf(await one.ask())).toBe(2);
  expect(callsOf(await other.ask())).toBe(2);
  other.call("p");
  other.say({ desk: "told", told: other.told(), last: true });
  const answer = await one.ask();
  expect(callsOf(answer)).toBe(3);
  expect(answer).toMatchObject({ heard: [{ worker: 1 }], late: [] });
});

it("waits once for one that stands still, and asks it no more until it has answered", async () => {
  const [one, other] = [new Worker(1), new Worker(2)];
  other.stands = true;
  expect(await one.ask()).toMatchObject({ heard: [{ worker: 1 }], late: [2] });
  for (let i = 0; i < 5; i++) expect((await one.ask()).late).toEqual([2]);
  const questions = other.got.filter(({ desk }) => desk === "tell");
  expect(questions).toHaveLength(1);
  other.stands = false;
  other.call("p");
  other.send(questions[0]!, () => {});
  const answer = await one.ask();
  expect([answer.late, callsOf(answer)]).toEqual([[], 1]);
});

it("hears all workers once for many who ask at a time", async () => {
  const one = new Worker(1);
  for (let id = 0; id < 50; id++) one.say({ desk: "ask", id, question: { about: "metrics" } });
  await until(() => one.got.filter(({ desk }) => desk === "answer").length === 50);
  expect(one.got.filter(({ desk }) => desk === "tell").length).toBeLessThanOrEqual(2);
});

it("forgets a removed plugin once all have heard of it, and nothing of the next one of its name", async () => {
  const [one, other] = [new Worker(1), new Worker(2)];
  for (const each of [one, other]) each.call("p");
  await one.ask();
  const forget = (worker: Worker) => {
    const last = toldMeter(worker.meters.plugin("p"), true, true);
    worker.meters.forget("p");
    worker.say({ desk: "told", told: worker.told([last]), last: false });
  };
  forget(one);
  expect(callsOf(await one.ask())).toBe(2);
  forget(other);
  expect(callsOf(await one.ask())).toBeUndefined();
  one.call("p");
  expect(callsOf(await other.ask())).toBe(1);
});

it("tells each worker what the others took, and not what it took itself", async () => {
  const [one, other] = [new Worker(1), new Worker(2)];
  one.say({ desk: "took", takings: [{ of: "rate", client: "p\n1.2.3.4", milliseconds: 100 }] });
  await until(() => other.got.some(({ desk }) => desk === "took"));
  expect(other.got.at(-1)).toMatchObject({ takings: [{ client: "p\n1.2.3.4", milliseconds: 100 }] });
  expect(one.got).toEqual([]);
});

it("passes over what a worker of another Hotcell tells that is not known, and says to one that asks so", async () => {
  const said = vi.spyOn(console, "error").mockImplementation(() => {});
  const one = new Worker(1);
  const other = new Worker(2);
  for (const message of [
    { desk: "moved", to: 7 },
    { desk: "told", told: { counted: "otherwise" }, last: false },
    { desk: "took", amounts: [] },
    { desk: "settle", id: 99 },
    { desk: "ask", id: 70, question: { about: "traps", names: ["p"] } },
    { desk: "ask", id: 71, question: { about: "plugins" } },
  ])
    one.say(message as never);
  await until(() => one.got.some((each) => each.desk === "refuse" && each.id === 70));
  expect(one.got.find(({ desk }) => desk === "refuse")).toMatchObject({
    error: { code: "version-skew", facts: { subject: "traps" } },
  });
  expect(said.mock.calls.join()).toContain("A worker told what this Hotcell does not know");
  said.mockRestore();
  other.call("p");
  expect(callsOf(await one.ask())).toBe(1);
});
