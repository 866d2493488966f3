/** JSON Schema of settings, as a host serves it, held against what its deployments take. */

import { afterAll, describe, expect, it } from "vitest";
import { capabilities } from "../../../host/capabilities/table.ts";
import type { SettingsInput } from "../../../host/registry/settings/settings.ts";
import { ajv } from "../../describe/schema-validator.ts";
import { sample } from "../../guests/small-plugins.ts";
import { startTestHost } from "../../support/test-host.ts";
import { refusalOf } from "../../support/thrown.ts";

const host = await startTestHost({ ceilings: { fuel: 5_000_000 } });
afterAll(() => host.close());
const answer = await host.send("GET", "/settings.schema.json", { anonymous: true });
const document = answer.json as {
  readonly properties: Readonly<
    Record<string, { readonly properties?: Readonly<Record<string, { examples?: unknown[] }>> }>
  >;
};
const { grants, limits } = document.properties;

const good: readonly SettingsInput[] = [
  {},
  { mode: "fresh", placement: "process", access: "token", env: { a: "b", c: { secret: "d" } } },
  { placement: "process", limits: { fuel: 1e12 } },
  { limits: { fuel: 5_000_000, memory: 1_048_576 }, rate: { requests: 5, per: "token" } },
  { routes: [{ path: "/shop/*", host: "shop.example.com", methods: ["GET"] }] },
  { schedule: [{ cron: "*/5 * * * *", call: "add", arguments: [1, 2], timeZone: "Europe/Berlin" }] },
  { linkable: ["a-*"], mcp: { readOnly: ["add"] } },
  { grants: { clocks: { resolution: 5 }, random: true, logging: false, kv: { buckets: { a: {} } } } },
];

const bad: readonly object[] = [
  { mod: "fresh" },
  { mode: "warm" },
  { limits: { memory: 2_000_000_000 } },
  { limits: { fuel: 1.5 } },
  { limits: { memory: 0 } },
  { env: { a: 5 } },
  { env: { a: { secret: 5 } } },
  { routes: [{ path: "/a", methods: [] }] },
  { routes: [{}] },
  { rate: {} },
  { linkable: ["A"] },
  { mcp: false },
  { grants: { clock: true } },
  { grants: { clocks: { resolution: "5" } } },
  { grants: { http: true } },
];

describe("the JSON Schema of settings", () => {
  const valid = ajv().compile(document);

  it("is served by its media type", () => {
    expect(answer.headers.get("content-type")).toBe("application/schema+json");
  });

  it.each(good)("takes what a deployment takes: %j", async (settings) => {
    await host.registry.deploy("a", sample(), { settings, dryRun: true });
    expect(valid(settings)).toBe(true);
  });

  it.each(bad)("refuses what a deployment refuses: %j", async (settings) => {
    const { code } = await refusalOf(
      host.registry.deploy("a", sample(), { settings: settings as SettingsInput, dryRun: true }),
    );
    expect(code).toBe("bad-settings");
    expect(valid(settings)).toBe(false);
  });

  it("has all capabilities that can be granted, with examples that it takes itself", () => {
    const granted = capabilities.flatMap(({ name, grant }) => (grant ? [name] : []));
    expect(Object.keys(grants!.properties!)).toEqual(granted);
    for (const [name, { examples = [true] }] of Object.entries(grants!.properties!))
      for (const example of [...examples, false])
        expect([name, valid({ grants: { [name]: example } })]).toEqual([name, true]);
  });

  it("tells defaults, this host's ceilings, and in words what JSON Schema has none for", () => {
    expect(limits!.properties).toMatchObject({
      fuel: { minimum: 1_000, default: 5_000_000, description: "at most 5000000 where placement is inline" },
      memory: { type: "integer", maximum: 1_073_741_824 },
      concurrency: { default: 16, maximum: 1_000 },
    });
    expect(JSON.stringify(document)).toContain("a pattern of cron that names times to come");
  });
});
