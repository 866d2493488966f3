import { describe, expect, it } from "vitest";
import {
  advance,
  type DeploymentEvent,
  received,
  type Stage,
  stages,
} from "../../host/registry/deploy/stages.ts";
import { Transaction } from "../../host/registry/deploy/transaction.ts";

const events: DeploymentEvent[] = [
  "inspected",
  "granted",
  "compared",
  "built",
  "tried",
  "handed-over",
  "tried-first",
  "persisted",
  "live",
  "failed",
];

/** From each stage: the events that go on, and whether failing is possible. Everything else is a mistake. */
const table: [from: Stage, next: DeploymentEvent[], mayFail: boolean][] = [
  ["received", ["inspected"], true],
  ["inspected", ["granted"], true],
  ["granted", ["compared"], true],
  ["compared", ["built"], true],
  ["built", ["tried"], true],
  ["tried", ["handed-over"], true],
  // Only where one host of several tries first.
  ["handed-over", ["tried-first", "persisted"], true],
  ["tried-first", ["persisted"], true],
  ["persisted", ["live"], true],
  ["live", [], false],
];

describe("the stages of a deployment", () => {
  it("are all in the table", () => {
    expect(table.map(([from]) => from)).toEqual(stages);
    expect(received).toEqual({ stage: "received" });
  });

  const cases = table.flatMap(([stage, next, mayFail]) =>
    events.map((event) => ({
      stage,
      event,
      next: next.includes(event),
      fails: event === "failed" && mayFail,
    })),
  );
  it.each(cases.filter(({ next }) => next))("$stage, then $event", ({ stage, event }) => {
    expect(advance({ stage }, event)).toEqual({ stage: event });
  });
  it.each(cases.filter(({ fails }) => fails))("$stage, then failed", ({ stage }) => {
    expect(advance({ stage }, "failed")).toEqual({ stage: "failed", reached: stage });
  });
  it.each(cases.filter(({ next, fails }) => !next && !fails))(
    "never $stage, then $event",
    ({ stage, event }) => {
      expect(() => advance({ stage }, event)).toThrow(TypeError);
    },
  );
  it.each(events)("never failed, then %s", (event) => {
    expect(() => advance({ stage: "failed", reached: "built" }, event)).toThrow(TypeError);
  });
});

describe("a transaction", () => {
  it("notes what each step took, in order, and ends where it failed", async () => {
    const transaction = new Transaction();
    expect(transaction.step("inspected", () => 7)).toBe(7);
    expect(await transaction.stepAsync("granted", async () => 9)).toBe(9);
    const broken = () => {
      throw new Error("broken");
    };
    expect(() => transaction.step("compared", broken)).toThrow("broken");
    expect(Object.keys(transaction.timings)).toEqual(["inspect", "grants"]);
    expect(transaction.fail()).toBe("granted");
    expect(() => transaction.step("compared", () => 1)).toThrow(TypeError);
  });
});
