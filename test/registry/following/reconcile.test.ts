/** Two registries on one store that tells them nothing: what one of them commits, the other comes to run once it is asked to. */
import { createHash } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Engines } from "../../../host/engine/engines.ts";
import { HotcellError } from "../../../host/errors.ts";
import { Placements } from "../../../host/placement/placements.ts";
import type { Registry } from "../../../host/registry/api.ts";
import { Starter } from "../../../host/registry/deploy/starter.ts";
import { EventLog } from "../../../host/registry/event-log.ts";
import { openRegistry } from "../../../host/registry/registry.ts";
import { createMemoryStore } from "../../../host/store/memory/memory-store.ts";
import type { Store } from "../../../host/store/store.ts";
import { labelOf, version } from "../../guests/obedient.ts";
import { exampleWasm } from "../../support/examples.ts";
import { awake } from "../../support/hosts.ts";

const closes: (() => Promise<void>)[] = [];
let store: Store;
let one: Registry;
let other: Registry;

async function open(own: Store = store): Promise<Registry> {
  const engines = new Engines();
  const events = new EventLog(store);
  const silent = { ...own, watch: () => () => {} };
  const starter = new Starter(new Placements(engines, () => {}));
  const registry = await openRegistry({ starter, store: silent, events, ceilings: {} });
  closes.push(async () => {
    await registry.close();
    await events.close();
    await engines.close();
  });
  return registry;
}

beforeEach(async () => {
  store = createMemoryStore();
  one = await open();
  other = await open();
});
afterEach(async () => {
  for (const close of closes.splice(0)) await close();
  await store.close();
});

const described = (registry: Registry) => registry.callJson("guest", "describe");

describe("what another host has committed", () => {
  it("is followed where it came between an own commit and the look at that, whose answer has its own revision", async () => {
    let between: (() => Promise<unknown>) | undefined;
    const commit: Store["commit"] = async (change) => {
      const committed = await store.commit(change);
      const work = between;
      between = undefined;
      await work?.();
      return committed;
    };
    const third = await open({ ...store, commit });
    await third.deploy("guest", await version(1));
    await third.callJson("guest", "add", [1]);
    await other.reconcile("guest");
    between = async () => {
      await other.reconcile("guest");
      await other.configure("guest", { env: { text: "other" } });
    };
    const told = await third.configure("guest", { env: { text: "own" } });
    expect(told).toMatchObject({ outcome: "swapped", revision: 2 });
    expect(third.revision("guest")).toBe(3);
    await third.reach("guest", 3);
    expect(await described(third)).toBe(`${labelOf(1)} other 1`);
    expect(third.reach("guest", 3)).toBeUndefined();
  });

  it("is followed once a server of the store has caught up with what was told, and never taken back by an older look", async () => {
    await one.deploy("guest", await version(1));
    const before = await store.plugin("guest");
    await one.deploy("guest", await version(2));
    let late = 3;
    const behind = await open({
      ...store,
      list: async () => [before!],
      plugin: async (name) => (late-- > 0 ? before : store.plugin(name)),
    });
    await behind.reach("guest", 2);
    expect(late).toBeLessThanOrEqual(0);
    expect(behind.revision("guest")).toBe(2);
    expect(await described(behind)).toBe(`${labelOf(2)}  1`);
    late = 3;
    await behind.reconcile("guest");
    expect(await described(behind)).toBe(`${labelOf(2)}  1`);
  });

  it("is tried again where the store stays behind what it told", async () => {
    await one.deploy("guest", await version(1));
    await expect(one.reach("guest", 2)).rejects.toMatchObject({
      code: "store-unavailable",
      message: expect.stringContaining("revision 2"),
    });
    expect(one.details("guest").behind).toMatchObject({ revision: 2, code: "store-unavailable" });
    await other.reconcile("guest");
    await other.deploy("guest", await version(2));
    await one.reach("guest", 2);
    expect(await described(one)).toBe(`${labelOf(2)}  1`);
    expect(one.details("guest").behind).toBeUndefined();
  });

  it("is told as kept where the store goes away before it is looked at", async () => {
    const away = new HotcellError("store-unavailable", "The store is away.");
    let lost = false;
    const commit: Store["commit"] = async (change) => {
      const committed = await store.commit(change);
      lost = true;
      return committed;
    };
    const plugin: Store["plugin"] = async (name) => {
      if (lost) throw away;
      return store.plugin(name);
    };
    await one.deploy("guest", await version(1));
    const third = await open({ ...store, commit, plugin });
    await described(third);
    const deployed = await third.deploy("guest", await version(2));
    expect(deployed).toMatchObject({ outcome: "swapped", revision: 2 });
    expect(await described(third)).toBe(`${labelOf(2)}  1`);
    lost = false;
    // As the store tells it then.
    await third.reach("guest", 2);
    expect(third.details("guest")).toMatchObject({ revision: 2, version: deployed.version });
    await third.remove("guest");
    await expect(described(third)).rejects.toMatchObject({ code: "plugin-not-found" });
    lost = false;
    await third.reach("guest", 3);
    expect(() => third.details("guest")).toThrow("guest");
  });

  it("is there once it was heard of: a plugin, another version, and its removal", async () => {
    await one.deploy("guest", await version(1));
    expect(other.revision("guest")).toBeUndefined();
    await other.reconcile("guest");
    expect(await described(other)).toBe(`${labelOf(1)}  1`);

    await one.deploy("guest", await version(2));
    await other.reconcile("guest");
    expect(other.details("guest")).toMatchObject({ revision: 2, version: one.details("guest").version });
    expect(await described(other)).toBe(`${labelOf(2)}  1`);

    await one.remove("guest");
    await other.reconcile("guest");
    expect(() => other.callable("guest", "describe")).toThrow(
      expect.objectContaining({ code: "plugin-not-found" }),
    );
    expect(other.list()).toEqual([]);
  });

  it("takes over the state of what ran, and no call fails meanwhile", async () => {
    await one.deploy("guest", await version(1));
    await other.reconcile("guest");
    await other.callJson("guest", "add", [5]);
    await one.deploy("guest", await version(2));
    let following = true;
    const answers = [await described(other)];
    const caller = (async () => {
      while (following) {
        answers.push(await described(other));
        await new Promise(setImmediate);
      }
    })();
    await other.reconcile("guest");
    following = false;
    await caller;
    answers.push(await described(other));
    expect(new Set(answers)).toEqual(new Set([`${labelOf(1)}  1`, `${labelOf(2)}  1`]));
    expect(await other.callJson("guest", "add", [0])).toBe(5);
  });

  it("is followed without a new cell where settings take none", async () => {
    await one.deploy("guest", await version(1));
    await other.reconcile("guest");
    const add = awake(await other.callable("guest", "add"));
    await add.call([7]);
    await one.configure("guest", { limits: { argumentBytes: 10 } });
    await other.reconcile("guest");
    // What was looked up before goes on.
    expect(await add.call([0])).toBe(7n);
    expect(() => add.requireArgumentBytes(11)).toThrow(
      expect.objectContaining({ code: "argument-too-large" }),
    );
    await one.configure("guest", { mode: "fresh" }, { allowStateLoss: true });
    await other.reconcile("guest");
    await expect(add.call([0])).rejects.toMatchObject({ code: "closed" });
    expect(await other.callJson("guest", "add", [1])).toBe(1);
  });

  it("starts nothing that nobody has called", async () => {
    await one.deploy("guest", await version(1));
    await other.reconcile("guest");
    await one.deploy("guest", await version(2));
    await other.reconcile("guest");
    expect(other.details("guest").counters.fuel).toBe(0);
    expect(await described(other)).toBe(`${labelOf(2)}  1`);
  });

  it("changes nothing where it is what runs: as after every own commit", async () => {
    await one.deploy("guest", await version(1));
    const describe = awake(one.callable("guest", "describe"));
    await one.reconcile("guest");
    expect(await describe.call([])).toBe(`${labelOf(1)}  1`);
  });

  it("that does not start here rejects, and what runs goes on until something does", async () => {
    await one.deploy("guest", await version(1));
    await other.reconcile("guest");
    expect(await described(other)).toBe(`${labelOf(1)}  1`);
    // What was stored for a host with other means.
    const bytes = new TextEncoder().encode("no component");
    await store.commit({
      plugin: "guest",
      expected: 1,
      live: `sha256:${createHash("sha256").update(bytes).digest("hex")}`,
      binary: { bytes, about: { functions: [], world: "" } },
      settings: {},
      at: new Date().toISOString(),
      outcome: "swapped",
      event: { kind: "deployed" },
    });
    await expect(other.reconcile("guest")).rejects.toMatchObject({ code: expect.any(String) });
    expect(await described(other)).toBe(`${labelOf(1)}  1`);
    await other.deploy("guest", await version(3));
    expect(await described(other)).toBe(`${labelOf(3)}  1`);
  });

  it("leaves nothing behind for a name that nobody has", async () => {
    await other.reconcile("nobody");
    expect(other.list()).toEqual([]);
    await expect(other.deployments("nobody")).rejects.toMatchObject({ code: "plugin-not-found" });
  });
});

it("a deployment that another host was quicker than is refused, and what it was quicker with runs", async () => {
  await one.deploy("guest", await version(1));
  await other.reconcile("guest");
  await other.callJson("guest", "add", [5]);
  await one.deploy("guest", await version(2));
  await expect(other.deploy("guest", await version(3))).rejects.toMatchObject({ code: "stale-revision" });
  expect(await described(other)).toBe(`${labelOf(2)}  1`);
  expect(await other.callJson("guest", "add", [0])).toBe(5);
  // Whose next one takes place.
  expect(await other.deploy("guest", await version(3))).toMatchObject({ revision: 3, outcome: "swapped" });
});

it("whoever names no revision, and was overtaken by another host, is told to do it again, and it takes place", async () => {
  await one.deploy("guest", await version(1));
  await other.reconcile("guest");
  const attempts = [
    async () => other.deploy("guest", await version(3)),
    () => other.configure("guest", { limits: { queue: 7 } }),
    () => other.remove("guest", { ifRevision: "any" }),
  ];
  for (const [i, attempt] of attempts.entries()) {
    await one.deploy("guest", await version(i % 2 ? 1 : 2));
    const refused = {
      code: "stale-revision",
      facts: { remedy: expect.stringMatching(/^Do the same again/) },
    };
    await expect(attempt()).rejects.toMatchObject(refused);
    await attempt();
    await one.reconcile("guest");
  }
});

it("whoever named a revision, and was overtaken by another host, is told to look at what changed", async () => {
  await one.deploy("guest", await version(1));
  await other.reconcile("guest");
  await one.deploy("guest", await version(2));
  await expect(other.deploy("guest", await version(3), { ifRevision: 1 })).rejects.toMatchObject({
    code: "stale-revision",
    facts: { remedy: expect.stringContaining("look at what changed") },
  });
});

it("refuses a name that can't be one, and any once the registry closes", async () => {
  await expect(one.reconcile("Not A Name")).rejects.toMatchObject({ code: "bad-plugin-name" });
  await one.deploy("p", exampleWasm("greet"));
  await one.close();
  await expect(one.reconcile("p")).rejects.toMatchObject({ code: "closed" });
});
