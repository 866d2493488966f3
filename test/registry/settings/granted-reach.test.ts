/** What a plugin may be granted to reach: by the host's owner, by whom, and without a word of its credentials. */
import { describe, expect, it, onTestFinished } from "vitest";
import { createHost, type HostOptions } from "../../../host/host.ts";
import type { SettingsChange } from "../../../host/registry/settings/settings-changes.ts";
import { sample } from "../../guests/small-plugins.ts";

const bytes = sample({ version: 1 });

async function registryOf(options: HostOptions = {}) {
  const host = await createHost({ log: () => {}, ...options });
  onTestFinished(() => host.close());
  return host.registry;
}

const http = (settings: object) => ({ settings: { grants: { http: settings } } });

describe("the host's owner", () => {
  const allow = ["https://*.example.com", "GET https://api.example.org/v1/*"];
  it.each([
    [["https://a.example.com"], undefined],
    [["https://*.example.com/x/*", "GET https://api.example.org/v1/a"], undefined],
    [["https://example.com"], "grants.http.allow.0"],
    [["https://a.example.com", "http://a.example.com"], "grants.http.allow.1"],
    [["https://a.example.com:8443"], "grants.http.allow.0"],
    [["https://api.example.org/v1/a"], "grants.http.allow.0"],
    [["GET https://api.example.org/*"], "grants.http.allow.0"],
    [["GET|POST https://api.example.org/v1/a"], "grants.http.allow.0"],
    [["*"], "grants.http.allow.0"],
    [["https://*"], "grants.http.allow.0"],
  ])("bounds a grant of %j", async (asked, subject) => {
    const registry = await registryOf({ allow });
    const deployed = registry.deploy("p", bytes, http({ allow: asked }));
    if (subject === undefined) await expect(deployed).resolves.toMatchObject({ outcome: "created" });
    else
      await expect(deployed).rejects.toMatchObject({
        code: "bad-settings",
        facts: { subject, expected: allow.join(", "), remedy: expect.stringContaining("HOTCELL_ALLOW") },
      });
  });

  it("allows nothing, or private addresses too", async () => {
    const none = await registryOf({ allow: ["none"] });
    await expect(none.deploy("p", bytes, http({ allow: ["*"] }))).rejects.toMatchObject({
      facts: { subject: "grants.http.allow.0", expected: "no destination" },
    });
    await none.deploy("p", bytes, http({ allow: [] }));
    const inward = { allow: ["*"], private: true };
    await expect((await registryOf()).deploy("p", bytes, http(inward))).rejects.toMatchObject({
      code: "bad-settings",
      facts: { subject: "grants.http.private" },
    });
    await (await registryOf({ allow: ["private"] })).deploy("p", bytes, http(inward));
  });

  it("is told which entry is none", async () => {
    await expect(createHost({ allow: ["https://a.example", "a.example"] })).rejects.toMatchObject({
      code: "bad-settings",
      facts: { subject: "allow.1" },
    });
  });
});

it("takes an admin to reach private addresses, and a grant for all else", async () => {
  const registry = await registryOf({ allow: ["private"] });
  const seen: SettingsChange[] = [];
  const authorize = (changes: readonly SettingsChange[]) => void seen.splice(0, seen.length, ...changes);
  await registry.deploy("p", bytes, http({ allow: ["*"] }));
  await registry.configure("p", { grants: { http: { allow: ["https://*"] } } }, { authorize });
  expect(seen.map(({ path, kind }) => [path, kind])).toEqual([["grants.http", "grant"]]);
  await registry.configure("p", { grants: { http: { private: true } } }, { authorize });
  expect(seen.map(({ kind }) => kind)).toEqual(["admin"]);
  await registry.configure("p", { grants: { http: { allow: ["*"] } } }, { authorize });
  expect(seen.map(({ kind }) => kind)).toEqual(["admin"]);
  await registry.configure("p", { grants: { http: false } }, { authorize });
  expect(seen.map(({ kind }) => kind)).toEqual(["configure"]);
});

describe("credentials of a grant", () => {
  const destination = "https://api.example.com";
  const secrets = (value: object) => ({ [destination]: { header: "authorization", value } });

  it("are shown to nobody, kept when an answer is sent back, and guessed by nobody", async () => {
    const registry = await registryOf();
    await registry.deploy(
      "p",
      bytes,
      http({ allow: ["*"], secrets: secrets({ secret: "Bearer s3cret-one" }) }),
    );
    const { asked, settings } = registry.details("p");
    expect(JSON.stringify([registry.details("p"), await registry.deployments("p")])).not.toContain("s3cret");
    expect(settings.grants).toEqual({ http: { allow: ["*"], secrets: secrets({ secret: true }) } });
    const again = await registry.configure("p", { grants: asked.grants as never });
    expect(again.outcome).toBe("unchanged");
    const seen: SettingsChange[] = [];
    const authorize = (changes: readonly SettingsChange[]) => void seen.splice(0, seen.length, ...changes);
    for (const guess of ["Bearer s3cret-one", "Bearer s3cret-two"]) {
      const patch = { grants: { http: { secrets: secrets({ secret: guess }) } } };
      await registry.configure("p", patch, { authorize });
      expect(seen.map(({ path, kind }) => [path, kind])).toEqual([["grants.http", "grant"]]);
      expect(JSON.stringify(seen)).not.toContain("s3cret");
    }
  });

  it("stand in for those of checks, which keep none", async () => {
    const registry = await registryOf();
    const grants = { http: { allow: ["*"], secrets: secrets({ secret: "Bearer s3cret-one" }) } };
    const checks = { settings: { grants }, calls: [] };
    await registry.deploy("p", bytes, { settings: { grants }, checks });
    expect((await registry.deploy("p", sample({ version: 2 }))).outcome).toBe("swapped");
    await registry.configure("p", { grants: { http: false } });
    expect((await registry.deploy("p", bytes)).outcome).toBe("swapped");
  });
});
