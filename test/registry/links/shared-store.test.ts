/**
 * Links that hosts on one store make as quickly as one another, here because it tells them nothing: what none of them could know
 * before, calls find out.
 */
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { linkBounds } from "../../../host/bounds/link-bounds.ts";
import { createHost, type Host } from "../../../host/host.ts";
import { createMemoryStore } from "../../../host/store/memory/memory-store.ts";
import type { Store } from "../../../host/store/store.ts";
import { passing, tax } from "../../guests/linked-plugins.ts";
import { removeTemporaryFolders } from "../../support/plugin-build.ts";
import { refusalOf } from "../../support/thrown.ts";

const components = { passing: await passing(), tax: await tax() };
afterAll(removeTemporaryFolders);

let store: Store;
let one: Host;
let other: Host;
beforeEach(async () => {
  store = createMemoryStore();
  const silent = { ...store, watch: () => () => {} };
  one = await createHost({ store: silent });
  other = await createHost({ store: silent });
});
afterEach(async () => {
  await one.close();
  await other.close();
  await store.close();
});

const linkedTo = (plugin: string) => ({ grants: { plugins: { "acme:tax/rates": plugin } } });
const both = [() => one, () => other];

/** Plugins that are linked in a row to `tax`, known to both hosts. */
async function row(...names: string[]): Promise<void> {
  await one.registry.deploy("tax", components.tax);
  let last = "tax";
  for (const name of names.toReversed()) {
    await one.registry.deploy(name, components.passing, { settings: linkedTo(last) });
    last = name;
  }
  for (const name of ["tax", ...names.toReversed()]) await other.registry.reconcile(name);
}

async function follow(...names: string[]): Promise<void> {
  for (const host of both) for (const name of names) await host().registry.reconcile(name);
}

const echo = (host: Host, plugin: string) => host.registry.callJson(plugin, "rates/echo", ["hello"]);

describe("links of two hosts", () => {
  it("that make a circle together end the calls that go round, on both, and can be taken back", async () => {
    await row("a");
    await one.registry.deploy("b", components.passing, { settings: linkedTo("tax") });
    await other.registry.reconcile("b");
    await Promise.all([
      one.registry.configure("a", linkedTo("b")),
      other.registry.configure("b", linkedTo("a")),
    ]);
    await follow("a", "b");
    for (const host of both) {
      const error = await refusalOf(echo(host(), "a"));
      expect(error.toProblem()).toMatchObject({ code: "link-failed", callee: "b", reason: "link-failed" });
      expect(JSON.stringify(error.facts)).not.toContain("hello");
      // Whoever looks at it is told, and nothing else suffers.
      expect(await echo(host(), "tax")).toBe("hello");
    }
    const kept = await refusalOf(one.registry.configure("a", { limits: { queue: 5 } }));
    expect(kept.toProblem()).toMatchObject({ code: "bad-link", reason: "circle" });
    await one.registry.configure("a", linkedTo("tax"));
    await follow("a");
    for (const host of both) expect(await echo(host(), "b")).toBe("hello");
  });

  it("that make a longer row together than there may be end the calls that go all the way", async () => {
    const most = linkBounds.depth.value;
    const half = Math.ceil(most / 2);
    const front = Array.from({ length: half }, (_, i) => `front-${i}`);
    const back = Array.from({ length: half }, (_, i) => `back-${i}`);
    const end = front.at(-1)!;
    await row(...front);
    await one.registry.deploy("back", components.passing, { settings: linkedTo("tax") });
    await other.registry.reconcile("back");
    // One host lengthens the row behind `back`, while the other links what is before to it.
    let last = "tax";
    for (const name of back.slice(1).toReversed()) {
      await one.registry.deploy(name, components.passing, { settings: linkedTo(last) });
      last = name;
    }
    await Promise.all([
      one.registry.configure("back", linkedTo(last)),
      other.registry.configure(end, linkedTo("back")),
    ]);
    await follow("back", ...back.slice(1), end);
    for (const host of both) {
      expect((await refusalOf(echo(host(), front[0]!))).code).toBe("link-failed");
      expect(await echo(host(), end)).toBe("hello");
      expect(host().registry.details("tax").counters.traps).toBe(0);
    }
  });
});
