import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Driver } from "../../host/backends/backend.ts";
import { HostDrivers } from "../../host/backends/drivers.ts";
import { Engines } from "../../host/engine/engines.ts";
import { Placements } from "../../host/placement/placements.ts";
import type { Registry } from "../../host/registry/api.ts";
import { Starter } from "../../host/registry/deploy/starter.ts";
import { EventLog } from "../../host/registry/event-log.ts";
import { openRegistry } from "../../host/registry/registry.ts";
import { createMemoryStore } from "../../host/store/memory/memory-store.ts";
import { component } from "../guests/small-plugins.ts";
import { refusalOf } from "../support/thrown.ts";

/** A driver that keeps something for the plugin `guest`. */
function keeping(kept: Set<string>): Driver {
  return {
    bind: () => ({}),
    kept: async (plugin) => (kept.has(plugin) ? "1 key in 1 bucket" : undefined),
    forget: async (plugin) => {
      await meanwhile();
      kept.delete(plugin);
    },
  };
}

/** What goes on while something is forgotten. */
let meanwhile: () => Promise<unknown> = async () => {};
let kept: Set<string>;
let registry: Registry;
const store = createMemoryStore();
let close: () => Promise<void>;

beforeEach(async () => {
  kept = new Set(["guest"]);
  const data = new HostDrivers([["keeping", keeping(kept)]]);
  const engines = new Engines();
  const events = new EventLog(store);
  const starter = new Starter(new Placements(engines, () => {}));
  registry = await openRegistry({ starter, store, events, ceilings: {}, data });
  close = async () => {
    await registry.close();
    await events.close();
    await engines.close();
  };
  await registry.deploy("guest", component(""));
});
afterEach(() => close());

const kinds = async () => (await store.events({ plugin: "guest" })).map(({ kind }) => kind);

describe("the removal of a plugin that has data", () => {
  it("is refused until it is said what becomes of them", async () => {
    expect(await refusalOf(registry.remove("guest"))).toMatchObject({
      code: "data-kept",
      status: 409,
      message: "guest has data: 1 key in 1 bucket.",
      facts: { subject: "guest", remedy: expect.stringContaining("?keep-data=true") },
    });
    expect(registry.list()).toHaveLength(1);
    await registry.remove("guest", { keepData: true });
    expect(kept.has("guest")).toBe(true);
    expect(registry.list()).toHaveLength(0);
  });

  it("takes them along, and says so", async () => {
    await registry.remove("guest", { keepData: false });
    expect(kept.has("guest")).toBe(false);
    await close();
    expect((await kinds()).slice(-2)).toEqual(["removed", "data-removed"]);
  });

  it("can be made good for when it is gone", async () => {
    await registry.remove("guest", { keepData: true });
    await registry.remove("guest", { keepData: false });
    expect(kept.has("guest")).toBe(false);
    const again = refusalOf(registry.remove("guest", { keepData: false }));
    expect(await again).toMatchObject({ code: "plugin-not-found" });
  });

  it("is over before anything is deployed under the name again", async () => {
    await registry.remove("guest", { keepData: true });
    let deploying: Promise<unknown> | undefined;
    meanwhile = async () => {
      deploying ??= registry.deploy("guest", component(""));
      // As long as it takes to deploy something.
      await registry.deploy("other", component(""));
      expect(registry.list().map(({ name }) => name)).toEqual(["other"]);
    };
    await registry.remove("guest", { keepData: false });
    await deploying;
    expect(registry.list()).toHaveLength(2);
    meanwhile = async () => {};
    await registry.remove("other");
  });

  it("keeps them where a precondition refuses it", async () => {
    const stale = refusalOf(registry.remove("guest", { keepData: false, ifRevision: 1_000 }));
    expect(await stale).toMatchObject({ code: "stale-revision" });
    expect(kept.has("guest")).toBe(true);
  });
});

describe("a plugin without data", () => {
  it("is removed without a word", async () => {
    await registry.deploy("other", component(""));
    await registry.remove("other");
    expect(registry.list().map(({ name }) => name)).toEqual(["guest"]);
  });
});
