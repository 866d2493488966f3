/** Hosts on one store: whatever one of them commits comes to run on the other by itself. */
import { createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createHost, type Host } from "../../../host/host.ts";
import { createMemoryStore } from "../../../host/store/memory/memory-store.ts";
import { openSqliteStore } from "../../../host/store/sqlite/sqlite-store.ts";
import type { Store, StoredEvent } from "../../../host/store/store.ts";
import { labelOf, version } from "../../guests/obedient.ts";
import { exampleWasm } from "../../support/examples.ts";
import { until } from "../../support/processes.ts";

let opened: AsyncDisposableStack;
let said: ReturnType<typeof vi.spyOn>;
beforeEach(() => {
  opened = new AsyncDisposableStack();
  said = vi.spyOn(console, "error").mockImplementation(() => {});
});
afterEach(async () => {
  await opened.disposeAsync();
  said.mockRestore();
});

async function hostOn(store: Store): Promise<Host> {
  return opened.use(await createHost({ store, log: () => {} }));
}

async function sqliteStores(): Promise<[Store, Store]> {
  const folder = await mkdtemp(join(tmpdir(), "hotcell-follower-"));
  opened.defer(() => rm(folder, { recursive: true }));
  return [opened.use(await openSqliteStore({ folder })), opened.use(await openSqliteStore({ folder }))];
}

const described = (host: Host) => host.registry.callJson("guest", "describe");
const follows = (host: Host, revision: number | undefined) =>
  until(() => host.registry.revision("guest") === revision);
const runs = (host: Host, number: number) =>
  until(async () => (await described(host)) === `${labelOf(number)}  1`);
const lines = (): string[] => said.mock.calls.map(([line]: unknown[]) => String(line));

/** What is no component: stored for hosts that make something of it. */
function unknownVersion(plugin: string, expected: number): Parameters<Store["commit"]>[0] {
  const bytes = new TextEncoder().encode("no component");
  return {
    ...{ plugin, expected, settings: {}, at: new Date().toISOString(), outcome: "swapped" },
    live: `sha256:${createHash("sha256").update(bytes).digest("hex")}`,
    binary: { bytes, about: { functions: [], world: "" } },
    event: { kind: "deployed" },
  };
}

const kinds: [string, () => Promise<[Store, Store]>][] = [
  [
    "one store",
    async () => {
      const store = opened.use(createMemoryStore());
      return [store, store];
    },
  ],
  ["two connections to one file", sqliteStores],
];

describe.each(kinds)("hosts on %s", (_, stores) => {
  it("follow deployments, settings and removals, with state, and no call fails", async () => {
    const [one, other] = await Promise.all((await stores()).map(hostOn));
    await one!.registry.deploy("guest", await version(1));
    await follows(other!, 1);
    expect(await other!.registry.callJson("guest", "add", [5])).toBe(5);

    let calling = true;
    const answers = new Set<unknown>();
    const caller = (async () => {
      while (calling) {
        answers.add(await described(other!));
        await new Promise(setImmediate);
      }
    })();
    await one!.registry.deploy("guest", await version(2));
    await runs(other!, 2);
    calling = false;
    await caller;
    expect(answers).toEqual(new Set([`${labelOf(1)}  1`, `${labelOf(2)}  1`]));
    expect(await other!.registry.callJson("guest", "add", [0])).toBe(5);

    await one!.registry.configure("guest", { limits: { queue: 7 } });
    await follows(other!, 3);
    expect(other!.registry.details("guest").settings.limits.queue).toBe(7);
    await other!.registry.rollback("guest");
    await runs(one!, 1);
    await one!.registry.remove("guest");
    await follows(other!, undefined);
    await expect(described(other!)).rejects.toMatchObject({ code: "plugin-not-found" });
    await other!.registry.deploy("guest", await version(3));
    await follows(one!, 6);
    expect([one!, other!].map(({ registry }) => registry.behind)).toEqual([0, 0]);
    expect(lines()).toEqual([]);
  });

  it("follow tokens and contracts", async () => {
    const [one, other] = await Promise.all((await stores()).map(hostOn));
    const { token, id } = await one!.tokens.create({ scopes: ["read"] }, "admin");
    await until(() => other!.tokens.find(token) !== undefined);
    await one!.tokens.revoke(id, "admin");
    await until(() => other!.tokens.find(token)?.end === "revoked");
    const greet = exampleWasm("greet");
    await one!.registry.contracts.put("greeting", greet, { plugins: ["greet-*"] });
    await until(() => other!.registry.contracts.list().length === 1);
    await one!.registry.deploy("greet-1", greet);
    await until(() => other!.registry.revision("greet-1") === 1);
    expect(await other!.hook("greeting").collect.greet!("Ada")).toMatchObject([{ value: "Hello, Ada!" }]);
    await one!.registry.remove("greet-1");
    await one!.registry.contracts.remove("greeting");
    await until(() => other!.registry.contracts.list().length === 0);
  });
});

describe("what can't be followed", () => {
  it("leaves what runs as it is, says so once and everywhere, and is over with the next change", async () => {
    const store = opened.use(createMemoryStore());
    const host = await hostOn(store);
    const other = await hostOn(store);
    await host.registry.deploy("guest", await version(1));
    await runs(other, 1);
    await runs(host, 1);
    await store.commit(unknownVersion("guest", 1));
    await until(() => other.registry.behind === 1);
    expect(await described(other)).toBe(`${labelOf(1)}  1`);
    const { behind } = other.registry.details("guest");
    expect(behind).toMatchObject({ revision: 2, code: "plugin-damaged", since: expect.any(String) });
    const told = lines().filter((line) => line.includes("guest goes on as it is"));
    expect(told).toHaveLength(2);
    expect(other.metrics.state()).toMatchObject({ behind: 1 });
    // Asked for, it is tried again at once; said it is no more.
    await expect(other.registry.reconcile("guest")).rejects.toMatchObject({ code: "plugin-damaged" });
    expect(lines().filter((line) => line.includes("guest goes on as it is"))).toEqual(told);

    await host.registry.deploy("guest", await version(3));
    await runs(other, 3);
    await until(() => host.registry.behind + other.registry.behind === 0);
    expect(other.registry.details("guest").behind).toBeUndefined();
    expect(lines().filter((line) => line === "guest is again as it is stored.")).toHaveLength(2);
  });

  it("is tried again by itself: a store that has failed once is asked anew", async () => {
    const store = opened.use(createMemoryStore());
    const host = await hostOn(store);
    let failures = 1;
    const plugin: Store["plugin"] = async (name) => {
      if (failures-- > 0) throw new Error("The line was cut.");
      return store.plugin(name);
    };
    const other = await hostOn({ ...store, plugin });
    await host.registry.deploy("guest", await version(1));
    await follows(other, 1);
    expect(failures).toBeLessThan(0);
  });
});

describe("events that a host did not hear", () => {
  /** A host whose store tells it nothing for a while. */
  async function hostThatListens(store: Store) {
    let listening = true;
    const heard: StoredEvent[] = [];
    const watch: Store["watch"] = (listener) =>
      store.watch((event) => {
        if (listening) listener(event);
        heard.push(event);
      });
    const host = await hostOn({ ...store, watch });
    const listen = (on: boolean) => {
      listening = on;
    };
    return { host, listen, heard };
  }

  it.each([
    ["are read afterwards", async () => {}],
    ["and that the log has forgotten make it compare all plugins", (store: Store) => store.trimEvents(0)],
  ])("%s", async (_, meanwhile) => {
    const store = opened.use(createMemoryStore());
    const host = await hostOn(store);
    await host.registry.deploy("guest", await version(1));
    await host.registry.deploy("gone", exampleWasm("greet"));
    const { host: other, listen, heard } = await hostThatListens(store);
    await runs(other, 1);
    listen(false);
    await host.registry.deploy("guest", await version(2));
    await host.registry.deploy("new", exampleWasm("greet"));
    await host.registry.remove("gone");
    await until(() => heard.some(({ kind }) => kind === "removed"));
    await meanwhile(store);
    expect(other.registry.revision("guest")).toBe(1);
    listen(true);
    await host.registry.deploy("last", exampleWasm("greet"));
    await runs(other, 2);
    await until(() => other.registry.revision("last") === 1 && other.registry.revision("new") === 1);
    await until(() => other.registry.revision("gone") === undefined);
  });
});
