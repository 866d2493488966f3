import { describe, expect, it } from "vitest";
import { soakAdmission } from "../../tools/soak/runs/admission.ts";
import { soakBodies } from "../../tools/soak/runs/bodies.ts";
import { soakCalls } from "../../tools/soak/runs/calls.ts";
import { soakCells } from "../../tools/soak/runs/cells.ts";
import { soakContexts } from "../../tools/soak/runs/contexts.ts";
import { soakHammer } from "../../tools/soak/runs/hammer.ts";
import { soakHandoff } from "../../tools/soak/runs/handoff.ts";
import { soakHttp } from "../../tools/soak/runs/http.ts";
import { soakKill } from "../../tools/soak/runs/kill.ts";
import { soakKeyValue } from "../../tools/soak/runs/kv.ts";
import { soakLeak } from "../../tools/soak/runs/leak.ts";
import { soakMemory } from "../../tools/soak/runs/memory.ts";
import { soakMutations } from "../../tools/soak/runs/mutations.ts";
import { soakReplaced } from "../../tools/soak/runs/replaced.ts";
import { soakRestart } from "../../tools/soak/runs/restart.ts";
import { soakSmallHost } from "../../tools/soak/runs/small-host.ts";
import { soakStreamSwaps } from "../../tools/soak/runs/stream-swaps.ts";
import { soakStreams } from "../../tools/soak/runs/streams.ts";
import { answers, soakSwaps } from "../../tools/soak/runs/swaps.ts";
import { soakUploads } from "../../tools/soak/runs/uploads.ts";
import { soakValidity } from "../../tools/soak/runs/validity.ts";

/** Short versions; `npm run soak -- NAME` runs them in full. */
describe("soaks", () => {
  it("swaps under load without a failed call or a mixed answer", async () => {
    const { failed, strange, last, calls } = await soakSwaps(41);
    expect({ failed, strange, last }).toEqual({
      failed: [],
      strange: [],
      last: [JSON.stringify(answers[1])],
    });
    expect(calls).toBeGreaterThan(41 * 32);
  });

  it("replaces an open plugin under its callers without a failed call", async () => {
    const { failed, strange, calls } = await soakReplaced(100);
    expect({ failed, strange }).toEqual({ failed: [], strange: [] });
    expect(calls).toBeGreaterThan(100 * 32);
  });

  it("gives each of many interleaved calls its own context, in the functions of an embedder's", async () => {
    const { wrong, givenUp } = await soakContexts(1_500, 1);
    expect(wrong).toEqual([]);
    expect(givenUp).toBeGreaterThan(10);
  });

  it("swaps plugins that serve HTTP, whose streams end whole on the version that they began on", async () => {
    const { wrong, spanning, requests } = await soakStreamSwaps(4);
    expect(wrong).toEqual([]);
    for (const times of Object.values(spanning)) expect(times).toBeGreaterThan(0);
    expect(requests).toBeGreaterThan(4 * 4);
  });

  it("answers every damaged component with a typed error, and serves on", async () => {
    const { wrong, afterwards, slowestMilliseconds } = await soakMutations(400);
    expect({ wrong, afterwards }).toEqual({ wrong: [], afterwards: '201 200 "Hello, Ada!"' });
    expect(slowestMilliseconds).toBeLessThan(5000);
  });

  it("accepts and refuses damaged components as wasm-tools does, but for what is explained", async () => {
    const { wrong, verdicts, explained } = await soakValidity(6_000, 1, false);
    expect(wrong).toEqual([]);
    for (const verdict of ["accepted, wasm-tools accepts", "invalid-component, wasm-tools refuses"]) {
      expect(verdicts[verdict]).toBeGreaterThan(1_000);
    }
    expect(verdicts["unsupported-feature, wasm-tools accepts"]).toBeGreaterThan(30);
    // The same seed, the same components.
    const [one, other] = [await soakValidity(500, 2, false), await soakValidity(500, 2, false)];
    expect(one.verdicts).toEqual(other.verdicts);
    expect(Object.keys(explained).length).toBeGreaterThan(1);
  });

  it("answers damaged arguments of every type shape with values or typed errors", async () => {
    const { wrong, answers, shapes, afterwards } = await soakBodies(5_000);
    expect({ wrong, afterwards }).toEqual({ wrong: [], afterwards: "200 true" });
    expect(shapes).toBeGreaterThan(60);
    for (const answer of ["200", "400 bad-argument", "400 bad-json"]) {
      expect(answers[answer]).toBeGreaterThan(400);
    }
  });

  it("answers damaged requests to plugins that serve HTTP, and damaged answers of theirs, and keeps nothing", async () => {
    const { wrong, left, answers, afterwards, usedMiB } = await soakHttp(800);
    expect({ wrong, left }).toEqual({ wrong: [], left: { account: 0, inFlight: 0, sockets: 0 } });
    expect(afterwards).toEqual(["200 Hello.", "200 Hello."]);
    for (const answer of ["200", "400 bad-request", "502 no-response"])
      expect(answers[answer]).toBeGreaterThan(20);
    expect(usedMiB.at(-1)! - usedMiB[0]!).toBeLessThan(20);
  });

  it("survives, with a heap of 512 MB, all that anybody may send", { timeout: 600_000 }, async () => {
    const { loads, usedMiB, accounted, died } = await soakSmallHost(1);
    expect(died).toBeUndefined();
    // Less where a cell that nobody used was given back.
    expect(accounted).toBeLessThanOrEqual(0);
    expect(new Set(Object.values(loads).map(({ afterwards }) => afterwards))).toEqual(new Set(["200 42"]));
    expect(usedMiB[1]! - usedMiB[0]!).toBeLessThan(20);
  });

  it("keeps no memory of what it replaced", async () => {
    const { usedMiB } = await soakMemory(100);
    const [early, late] = [usedMiB[4]!, usedMiB[9]!];
    expect(late - early).toBeLessThan(2);
  });

  it("outlives uploads that make a small heap keep much", async () => {
    const { kinds, wrong } = await soakUploads(8, 128);
    expect(wrong).toEqual([]);
    expect(kinds.every(({ admitted, afterwards }) => admitted > 0 && afterwards === 201)).toBe(true);
    expect(kinds.filter(({ refused }) => refused["503 no-capacity"]! > 0).length).toBeGreaterThan(1);
  }, 120_000);

  it("calls one cell over and over without growing", async () => {
    const { wrong, usedMiB } = await soakCalls(60_000);
    expect(wrong).toBe(0);
    expect(usedMiB[9]! - usedMiB[4]!).toBeLessThan(2);
  });

  it("starts cells over and over without growing, and holds many", async () => {
    const { usedMiB, live, bound, afterwards } = await soakCells(1_000, 500);
    expect(usedMiB[9]! - usedMiB[4]!).toBeLessThan(2);
    expect({ live, bound, afterwards }).toEqual({ live: 500, bound: undefined, afterwards: "Hello, Ada!" });
  });

  it("calls plugins with values of every type without their memory growing", async () => {
    const { grown, shapes } = await soakLeak(1_500);
    expect(grown).toEqual([]);
    expect(shapes).toBeGreaterThan(60);
  });

  it("hands a counter's state over under load: no count lost, none doubled", async () => {
    const { failed, lost, doubled, calls } = await soakHandoff(60);
    expect({ failed, lost, doubled }).toEqual({ failed: [], lost: [], doubled: [] });
    expect(calls).toBeGreaterThan(60 * 16);
  });

  it("has every value that was acknowledged after kill -9, and exact counters", async () => {
    const { wrong, kills, acknowledged } = await soakKeyValue(5);
    expect(wrong).toEqual([]);
    expect(kills).toBe(5);
    expect(acknowledged).toBeGreaterThan(0);
  });

  it("has everything that was acknowledged after kill -9", async () => {
    const { wrong, kills, acknowledged } = await soakKill(40);
    expect(wrong).toEqual([]);
    expect(kills).toBeGreaterThan(0);
    expect(acknowledged).toBeGreaterThan(0);
  });

  it("answers every call while everything is changed at once", async () => {
    const { failed, strange, gaps, calls } = await soakHammer(5);
    expect({ failed, strange, gaps }).toEqual({ failed: [], strange: [], gaps: [] });
    expect(calls).toBeGreaterThan(64);
  });

  it("starts on many plugins without running one of them", async () => {
    const { wrong, empty, full } = await soakRestart(60);
    expect(wrong).toEqual([]);
    expect(full.residentMiB - empty.residentMiB).toBeLessThan(20);
  });

  it("refuses, in order, the plugins it has no memory for, and serves the others on", async () => {
    const { small, many } = await soakAdmission(60);
    expect([small.wrong, many.wrong]).toEqual([[], []]);
    expect([small.admitted, small.refused]).toEqual([24, 16]);
    expect([many.admitted, many.refused]).toEqual([60, 0]);
  });

  it("survives clients that read nothing, with a heap of 512 MB, and is where it was when they have gone", async () => {
    const { phases, wrong } = await soakStreams(60);
    expect(wrong).toEqual([]);
    expect(phases.length).toBeGreaterThan(5);
    for (const { name, alive, account } of phases) {
      const [before, , after] = account;
      // Less where a cell that nobody used was given back.
      expect({ name, alive, kept: after > before }).toEqual({ name, alive: true, kept: false });
    }
  });
});
