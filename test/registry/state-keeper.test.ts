/** State of plugins that is kept for the host that has their cell next. */
import { afterAll, afterEach, beforeEach, expect, it, vi } from "vitest";
import { createHost, type Host } from "../../host/host.ts";
import type { SharedStore } from "../../host/store/store.ts";
import { version } from "../guests/obedient.ts";
import { sample } from "../guests/small-plugins.ts";
import { memorySharedStore } from "../nodes/memory-registers.ts";
import { removeTemporaryFolders } from "../support/plugin-build.ts";
import { until } from "../support/processes.ts";
import { refusalOf } from "../support/thrown.ts";

afterAll(removeTemporaryFolders);

const often = { state: { every: "1s" } };

let store: SharedStore;
let host: Host;
/** Plugins whose state was kept, in order. */
let kept: string[];
let said: ReturnType<typeof vi.spyOn>;
beforeEach(async () => {
  said = vi.spyOn(console, "error").mockImplementation(() => {});
  const shared = memorySharedStore();
  kept = [];
  const states: SharedStore["states"] = {
    ...shared.states,
    put: (plugin, ...rest) => {
      kept.push(plugin);
      return shared.states.put(plugin, ...rest);
    },
  };
  store = { ...shared, states };
  host = await createHost({ store, log: () => {} });
});
afterEach(async () => {
  await host.close();
  await store.close();
  said.mockRestore();
});

const add = (plugin: string, by: number) => host.registry.callJson(plugin, "add", [by]);

it("is asked for no more once a cell has ended by that, which loses what it knew", async () => {
  await host.registry.deploy("failing", await version(1), { settings: { ...often, env: { save: "trap" } } });
  await host.registry.deploy("other", await version(1), { settings: often });
  await add("failing", 5);
  await until(() => said.mock.calls.flat().join().includes("The state of failing is not kept"));
  expect(await add("failing", 2)).toBe(2);
  // By the time that the other's was kept twice it would have been asked for again.
  for (let times = 0; times < 2; times++) {
    kept = [];
    await add("other", 1);
    await until(() => kept.includes("other"));
  }
  expect(await add("failing", 0)).toBe(2);
  expect(kept).not.toContain("failing");
});

it("stays kept where the next cell can't take it over, whose calls say so, until a version can or is to begin without", async () => {
  await host.registry.deploy("guest", await version(1), { settings: often });
  expect(await add("guest", 5)).toBe(5);
  await host.close();
  // As another host has it stored that could not try it.
  const before = await store.plugin("guest");
  await store.commit({
    plugin: "guest",
    expected: before!.revision,
    live: before!.live!.digest,
    settings: { ...(before!.settings as object), env: { restore: "err" } },
    at: new Date().toISOString(),
    outcome: "configured",
    event: { kind: "deployed" },
  });
  host = await createHost({ store, log: () => {} });
  const error = await refusalOf(add("guest", 0));
  expect(error).toMatchObject({ code: "restore-failed", facts: { subject: "guest" } });
  expect(error.message).toContain("restore was told to fail");
  await host.registry.deploy("guest", await version(2), { settings: { env: { restore: null } } as never });
  expect(await add("guest", 0)).toBe(5);
});

it("of a plugin that was removed is not the state of the next by its name, also where it could not be forgotten", async () => {
  store.states.forget = () => Promise.reject(new Error("The store is away."));
  await host.registry.deploy("guest", await version(1), { settings: often });
  expect(await add("guest", 5)).toBe(5);
  await until(() => kept.includes("guest"));
  await host.registry.remove("guest", { keepData: false });
  await host.registry.deploy("guest", await version(1));
  expect(await add("guest", 0)).toBe(0);
});

it("is looked for once in a cell whose plugin has none to give", async () => {
  await host.registry.deploy("sample", sample({ version: 1 }), { settings: often });
  await host.registry.deploy("other", await version(1), { settings: often });
  await host.registry.callJson("sample", "version");
  await until(() => kept.includes("sample"));
  kept = [];
  for (let times = 0; times < 2; times++) {
    await host.registry.callJson("sample", "version");
    await add("other", 1);
    await until(() => kept.filter((each) => each === "other").length > times);
  }
  expect(kept).not.toContain("sample");
});
