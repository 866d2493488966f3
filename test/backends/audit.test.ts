/** What is told and counted of what a plugin reaches. */
import { expect, it } from "vitest";
import { LimitedAudit } from "../../host/backends/audit/limited-audit.ts";
import type { AuditEntry } from "../../host/backends/audit/reach.ts";
import type { Driver } from "../../host/backends/backend.ts";
import { BoundBackends } from "../../host/backends/drivers.ts";
import { pluginBounds } from "../../host/bounds/cell-bounds.ts";
import { EventLog } from "../../host/registry/event-log.ts";
import { Usages } from "../../host/registry/traffic/usages.ts";
import { createMemoryStore } from "../../host/store/memory/memory-store.ts";
import { Scrubber } from "../../host/text/scrubber.ts";

/** A backend that does nothing but to say so. */
const reaching: Driver = {
  bind: ({ audit, count }) => ({
    tell(_operation, path) {
      count("requests");
      count("bytes", 10);
      audit({ method: "GET", path: `${path}`, status: 200 });
    },
  }),
};

it("is an event of the plugin's without its secrets, and figures by capability", async () => {
  const store = createMemoryStore();
  const events = new EventLog(store);
  const usages = new Usages();
  const recipient = {
    plugin: "p",
    log: () => {},
    drivers: () => reaching,
    reach: {
      figure: (capability: string, name: string) => usages.figure(capability, name),
      audit: (capability: string, entry: AuditEntry) => events.reached("p", capability, entry),
    },
  };
  const needs = [{ name: "reaching", capability: "tests", settings: {} }];
  const backends = new BoundBackends(needs, recipient, new Scrubber(["hunter22"]), undefined);
  backends.get("reaching").tell?.("", "/a");
  backends.get("reaching").tell?.("", "/hunter22/b");
  await events.close();
  expect((await store.events()).map(({ kind, plugin, data }) => ({ kind, plugin, data }))).toEqual([
    { kind: "reached", plugin: "p", data: { capability: "tests", method: "GET", path: "/a", status: 200 } },
    {
      kind: "reached",
      plugin: "p",
      data: { capability: "tests", method: "GET", path: "/[secret]/b", status: 200 },
    },
  ]);
  // Somebody holds these, and has counted nothing yet.
  usages.figure("tests", "refused");
  usages.figure("others", "calls");
  expect(usages.reach).toEqual({ tests: { requests: 2, bytes: 20 } });
});

it("is told as dropped where more comes than there is room for", async () => {
  const told: (readonly [string, AuditEntry])[] = [];
  const done = Promise.withResolvers<void>();
  const audit = new LimitedAudit((capability, entry) => {
    told.push([capability, entry]);
    if ("dropped" in entry) done.resolve();
  });
  const sent = 1_000;
  for (let i = 0; i < sent; i++) audit.audit("tests", { i });
  await done.promise;
  const room = 2 * pluginBounds.audit.value;
  expect(told.slice(0, room)).toEqual(Array.from({ length: room }, (_, i) => ["tests", { i }]));
  const dropped = told.reduce((sum, [, entry]) => sum + Number(entry.dropped ?? 0), 0);
  expect(dropped + told.filter(([, entry]) => "i" in entry).length).toBe(sent);
});
