import { AsyncLocalStorage } from "node:async_hooks";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { readFile } from "node:fs/promises";
import { afterEach, describe, expect, it } from "vitest";
import {
  type BackendMessage,
  backendChannel,
  type CallMessage,
  type CellMessage,
  callChannel,
  cellChannel,
  type DeployMessage,
  deployChannel,
  isHeard,
} from "../../host/observe/channels.ts";
import { component, sample } from "../guests/small-plugins.ts";
import { hostOfEachTest } from "../support/hosts.ts";
import { refusalOf } from "../support/thrown.ts";

const { registry } = hostOfEachTest();
const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

/** Messages on a channel until the test ends, as they were when they came. */
function heard<Message extends object>(name: string): Message[] {
  const messages: Message[] = [];
  const note = (message: unknown) => void messages.push({ ...(message as Message) });
  subscribe(name, note);
  ends.push(() => unsubscribe(name, note));
  return messages;
}

const number = expect.any(Number);
const version = expect.stringMatching(/^sha256:/);

describe("hotcell.call", () => {
  it("tells a call when it begins and how it ended", async () => {
    await registry.deploy("calc", sample());
    const [starts, ended] = [heard<CallMessage>("hotcell.call.start"), heard<CallMessage>("hotcell.call")];
    await registry.callJson("calc", "add", [1, 2], { caller: "ada" });
    const begun = {
      plugin: "calc",
      function: "add",
      kind: "function",
      version,
      caller: "ada",
      began: number,
    };
    expect(starts).toEqual([begun]);
    expect(ended).toEqual([{ ...begun, code: "ok", seconds: number, fuel: number }]);
  });

  it("tells a trap and a guest's error by their codes, with the error that callers get", async () => {
    await registry.deploy("calc", sample());
    const ended = heard<CallMessage>("hotcell.call");
    const trap = await refusalOf(registry.callJson("calc", "boom", []));
    await refusalOf(registry.callJson("calc", "divide", [1, 0]));
    expect(ended.map(({ code }) => code)).toEqual(["trap", "guest-error"]);
    expect(ended[0]!.error).toBe(trap);
  });

  it("gives the call the trace that a listener puts in place of its own", async () => {
    await registry.deploy("calc", sample());
    const spans = heard<CallMessage>("hotcell.call");
    const put = (message: unknown) => {
      (message as CallMessage).trace = { traceparent: "00-mine" };
    };
    subscribe("hotcell.call.start", put);
    ends.push(() => unsubscribe("hotcell.call.start", put));
    const context = { fuel: 0, trace: { traceparent: "00-theirs" } };
    await (await registry.callable("calc", "nothing")).call([], context);
    expect(spans).toMatchObject([{ trace: { traceparent: "00-mine" } }]);
    expect(context.trace.traceparent).toBe("00-theirs");
  });

  it("runs the call within the stores that are bound to its start", async () => {
    await registry.deploy("calc", sample());
    const store = new AsyncLocalStorage<CallMessage>();
    callChannel.start.bindStore(store as never);
    ends.push(() => void callChannel.start.unbindStore(store as never));
    const ended: unknown[] = [];
    const note = (message: unknown) => void ended.push(store.getStore() === message);
    subscribe("hotcell.call", note);
    ends.push(() => unsubscribe("hotcell.call", note));
    await registry.callJson("calc", "nothing", []);
    expect(ended).toEqual([true]);
  });
});

describe("hotcell.deploy", () => {
  it("tells uploads, changes, dry runs, refusals and removals", async () => {
    const [starts, ended] = [
      heard<DeployMessage>("hotcell.deploy.start"),
      heard<DeployMessage>("hotcell.deploy"),
    ];
    await registry.deploy("calc", sample(), { who: "ada" });
    await registry.deploy("calc", sample({ version: 2 }), { dryRun: true });
    await registry.configure("calc", { limits: { queue: 3 } });
    await refusalOf(registry.deploy("calc", sample({ version: 3, without: ["add"] })));
    await registry.remove("calc");
    const told = ended.map(({ kind, outcome, code, revision }) => ({ kind, outcome, code, revision }));
    expect(told).toEqual([
      { kind: "upload", outcome: "created", code: "ok", revision: 1 },
      { kind: "upload", outcome: "planned", code: "ok", revision: 2 },
      { kind: "settings", outcome: "configured", code: "ok", revision: 2 },
      { kind: "upload", outcome: undefined, code: "incompatible", revision: undefined },
      { kind: "removal", outcome: "removed", code: "ok", revision: undefined },
    ]);
    expect(starts.map(({ kind }) => kind)).toEqual(ended.map(({ kind }) => kind));
    expect(ended[0]).toMatchObject({ who: "ada", version, seconds: number });
    expect(Object.keys(ended[0]!.stages!)).toEqual([
      ...["inspect", "grants", "diff", "compile", "start", "handover", "persist", "swap"],
    ]);
    expect(Object.keys(ended[3]!.stages!)).toEqual(["inspect", "grants", "diff"]);
  });
});

describe("hotcell.cell", () => {
  const cells = () => heard<CellMessage>("hotcell.cell");
  const facts = ({ plugin, event, placement, code }: CellMessage) => ({ plugin, event, placement, code });

  it("tells that a cell started, ended with a trap, and another one started", async () => {
    const told = cells();
    await registry.deploy("calc", sample());
    await refusalOf(registry.callJson("calc", "boom", []));
    await registry.callJson("calc", "nothing", []);
    await registry.remove("calc");
    const inline = { plugin: "calc", placement: "inline", code: undefined };
    expect(told.map(facts)).toEqual(
      ["started", "ended", "started", "ended"].map((event) => ({ ...inline, event })),
    );
  });

  it("tells one that does not start, by its code", async () => {
    const told = cells();
    const bad = component(
      "(core module $m (func $f unreachable) (start $f)) (core instance (instantiate $m))",
    );
    await refusalOf(registry.deploy("bad", bad));
    expect(told.map(facts)).toEqual([{ plugin: "bad", event: "failed", placement: "inline", code: "trap" }]);
  });

  it("tells processes of plugins by their ids", async () => {
    const told = cells();
    await registry.deploy("calc", sample(), { settings: { placement: "process" } });
    await registry.callJson("calc", "nothing", []);
    await registry.remove("calc");
    expect(told.map(({ event, placement }) => [event, placement])).toEqual([
      ["started", "process"],
      ["ended", "process"],
    ]);
    expect(told[0]!.pid).toBeGreaterThan(0);
    expect(told[1]!.pid).toBe(told[0]!.pid);
  });
});

describe("hotcell.backend", () => {
  it.each(["inline", "process"] as const)(
    "tells what a plugin asks of its backends, %s",
    async (placement) => {
      const [starts, ended] = [
        heard<BackendMessage>("hotcell.backend.start"),
        heard<BackendMessage>("hotcell.backend"),
      ];
      const counter = await readFile("build/counter-kv.wasm");
      await registry.deploy("counter", counter, { settings: { placement, grants: { kv: true } } });
      await registry.callJson("counter", "increment", ["visits", "1"], { caller: "ada" });
      expect(ended.length).toBeGreaterThan(0);
      expect(ended[0]).toMatchObject({
        plugin: "counter",
        backend: "key-value",
        caller: "ada",
        code: "ok",
        seconds: number,
      });
      expect(starts).toHaveLength(ended.length);
    },
  );
});

it("has nobody to tell where nobody listens", () => {
  const heardOf = [
    isHeard(callChannel),
    isHeard(deployChannel),
    isHeard(backendChannel),
    cellChannel.hasSubscribers,
  ];
  expect(heardOf).toEqual([false, false, false, false]);
});
