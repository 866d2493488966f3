/** What a capability can count on of every backend, whichever placement its cell is in. */
import { afterEach, describe, expect, it } from "vitest";
import { BackendRoom } from "../../host/backends/backend-room.ts";
import { BackendUse } from "../../host/backends/backend-use.ts";
import type { Data } from "../../host/backends/data.ts";
import { BoundBackends, type Drivers } from "../../host/backends/drivers.ts";
import { cellEnded } from "../../host/backends/exchange.ts";
import type { CallContext } from "../../host/engine/call-context.ts";
import { HeapAccount } from "../../host/platform/heap-account.ts";
import { Scrubber } from "../../host/text/scrubber.ts";
import { testDriver } from "../support/test-driver.ts";
import { nearProcess } from "./near-process.ts";
import { type ScenarioName, scenarios } from "./scenarios.ts";

const endings: (() => void)[] = [];
afterEach(() => {
  for (const end of endings.splice(0)) end();
});

/** A deployment's backends, on a heap that has nothing else. */
function bind() {
  const driver = testDriver();
  const drivers: Drivers = (name) => (name === "test" ? driver : undefined);
  const recipient = { plugin: "guest", log: () => {}, drivers };
  const heap = new HeapAccount(64 * 1024 * 1024);
  const backends = new BoundBackends(
    [{ name: "test", capability: "tests", settings: {} }],
    recipient,
    new Scrubber([]),
    heap,
  );
  return { backends, heap };
}

/** Context of the call that asks. */
const context: CallContext = {
  fuel: 0,
  caller: "ada",
  deadline: performance.now() + 600_000,
  trace: { traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" },
  signal: new AbortController().signal,
};

const told = {
  caller: "ada",
  traceparent: context.trace?.traceparent,
  deadline: context.deadline,
  signal: true,
};

const placements = {
  inline: ({ backends, heap }: ReturnType<typeof bind>) => {
    const use = new BackendUse(
      (name) => backends.get(name),
      new BackendRoom(heap),
      () => context,
    );
    const near = { backend: use.client("test"), endCell: () => use.end(() => cellEnded("guest")) };
    return async (name: ScenarioName): Promise<Data> => scenarios[name](near);
  },
  process: ({ backends, heap }: ReturnType<typeof bind>) => {
    const { process, run } = nearProcess(backends, heap, context);
    endings.push(() => process.kill(cellEnded("guest")));
    return run;
  },
};

describe.each(Object.entries(placements))("a backend, its cell placed %s", (_, place) => {
  const outcomes: Readonly<Record<ScenarioName, unknown>> = {
    everyKind: {
      nothing: null,
      yes: true,
      no: false,
      half: 0.5,
      large: 2n ** 64n - 1n,
      small: -(2n ** 63n),
      text: "grün 💡",
      half_letter: "a\ud800",
      bytes: new Uint8Array([0, 255]),
      list: [[], {}, ""],
      ["__proto__"]: 1,
    },
    origin: [told, told],
    refusal: { code: "no-capacity", message: "There is no room.", remedy: "Wait.", limit: 3 },
    failure: { code: "fault", told: "Hotcell failed; the cause is in the host's log." },
    order: Array.from({ length: 100 }, (_, i) => i),
    manyAtOnce: Array.from({ length: 200 }, (_, i) => i),
    bothWays: { bytes: 3_000_000, last: { trailers: [["a", "b"]] } },
    // A window of 128 KiB holds four such parts, and there is one on each side of the process's end.
    backPressureThere: { before: expect.toSatisfy((sent: number) => sent <= 10), sent: 100, read: 3_000_000 },
    backPressureBack: { before: expect.toSatisfy((sent: number) => sent <= 10), parts: 100 },
    endOfTheCell: { asked: "closed", received: "closed", sent: "closed", told: ["ask", "receive"] },
    lateAnswer: ["closed", null, "still here"],
    cutByTheDriver: { first: "first", code: "timeout", message: "The other side is silent.", aborted: true },
    driverEndsFirst: { answer: "answer", ended: true },
    tooMany: {
      asked: 256,
      codes: ["closed"],
      refused: { code: "trap", limit: 256, remedy: expect.any(String) },
      after: 1,
    },
    tooMuch: { code: "trap", subject: "echo", limit: 2 ** 20 },
    tooMuchBack: ["fault", 1],
    unreadParts: { unread: 63, refused: "backend bytes" },
    roomComesBack: 400,
  };

  it.each(Object.keys(outcomes) as ScenarioName[])("%s", async (name) => {
    const bound = bind();
    expect(await place(bound)(name)).toEqual(outcomes[name]);
  });

  it("keeps nothing of the heap when nothing is under way", async () => {
    const bound = bind();
    const run = place(bound);
    for (const name of [
      "bothWays",
      "endOfTheCell",
      "cutByTheDriver",
      "tooMany",
      "unreadParts",
      "order",
    ] as const)
      await run(name);
    expect(bound.heap.inUse).toBe(0);
  });
});
