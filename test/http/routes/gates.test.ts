/** What an upload has to pass, and what its history tells afterwards. */
import { randomUUID } from "node:crypto";
import { beforeEach, describe, expect, it } from "vitest";
import { configured, sample } from "../../guests/small-plugins.ts";
import { hostOfFile } from "../../support/hosts.ts";

const host = await hostOfFile();

/** Every test works on a plugin of its own. */
let name = "";
beforeEach(() => {
  name = `gated-${randomUUID()}`;
});

const version = async () => (await host.call(`${name}/version`, [])).json;

function upload(bytes: Uint8Array, checks: unknown, query = "") {
  const body = new FormData();
  body.set("plugin", new Blob([bytes as Uint8Array<ArrayBuffer>]), "plugin.wasm");
  body.set("checks", typeof checks === "string" ? checks : JSON.stringify(checks));
  return host.send("PUT", `/plugins/${name}${query}`, { body });
}

const versionIs = (returns: number) => ({ calls: [{ call: "version", returns }] });

describe("the multipart field checks", () => {
  it("lets a version pass that answers as it says", async () => {
    const checks = {
      calls: [
        { call: "add", args: [40, 2], returns: 42 },
        { call: "divide", args: { dividend: 1, divisor: 0 }, err: "divide by zero" },
        { call: "boom", traps: true },
      ],
    };
    expect(await upload(sample(), checks)).toMatchObject({ status: 201, json: { outcome: "created" } });
    expect((await host.send("GET", `/plugins/${name}`)).json.checks).toMatchObject({
      calls: [{ call: "add" }, { call: "divide" }, { call: "boom" }],
    });
  });

  it("refuses one that does not, and leaves the live one as it was", async () => {
    await host.put(name, sample({ version: 1 }));
    const calls = [...versionIs(1).calls, { call: "add", args: [1, 1], returns: 3 }];
    const refused = await upload(sample({ version: 2 }), { calls });
    expect(refused).toMatchObject({
      status: 400,
      json: {
        code: "checks-failed",
        actual: 2,
        failures: ["version([]): expected 1, got 2", "add([1,1]): expected 3, got 2"],
        remedy: expect.any(String),
      },
    });
    expect(await version()).toBe(1);
    expect((await host.send("GET", `/plugins/${name}`)).json).toMatchObject({ revision: 1, checks: null });
  });

  it("leaves nothing of a first upload that was refused", async () => {
    expect((await upload(sample({ version: 2 }), versionIs(1))).status).toBe(400);
    expect((await host.send("GET", `/plugins/${name}`)).status).toBe(404);
  });

  it("holds for later uploads without checks, until others come", async () => {
    await upload(sample({ version: 1 }), versionIs(1));
    expect(await host.put(name, sample({ version: 2 }))).toMatchObject({
      status: 400,
      json: { code: "checks-failed" },
    });
    expect(await version()).toBe(1);
    expect((await upload(sample({ version: 2 }), versionIs(2))).status).toBe(200);
    expect(await version()).toBe(2);
  });

  it("is tried in a dry run too", async () => {
    await host.put(name, sample({ version: 1 }));
    expect((await upload(sample({ version: 2 }), versionIs(1), "?dry-run")).status).toBe(400);
    expect(await upload(sample({ version: 2 }), versionIs(2), "?dry-run")).toMatchObject({
      status: 200,
      json: { outcome: "planned" },
    });
    expect(await version()).toBe(1);
  });

  it.each([
    ["{", "bad-json"],
    ["[]", "bad-request"],
    ['{"call":[]}', "bad-settings"],
    ['{"calls":[{"args":[]}]}', "bad-settings"],
    ['{"calls":[{"call":"version","traps":false}]}', "bad-settings"],
  ])("refuses %s as %s", async (checks, code) => {
    expect(await upload(sample(), checks)).toMatchObject({ status: 400, json: { code } });
  });

  it("refuses a check of a function that is not there, naming it", async () => {
    const refused = await upload(sample(), { calls: [{ call: "versoin", returns: 1 }] });
    expect(refused).toMatchObject({ status: 400, json: { code: "checks-failed" } });
    expect(refused.json.failures[0]).toContain("versoin");
  });
});

describe("PATCH env", () => {
  const patch = (env: unknown) =>
    host.send("PATCH", `/plugins/${name}?allow-state-loss`, {
      body: JSON.stringify({ env }),
      headers: { "content-type": "application/merge-patch+json" },
    });
  const told = async () => (await host.call(`${name}/count`, [])).json;

  it("tells the plugin anew what it is configured with", async () => {
    await host.put(name, configured());
    expect(await told()).toBe(0);
    expect(await patch({ REGION: "north" })).toMatchObject({
      status: 200,
      json: { revision: 2, settings: { env: { REGION: "north" } } },
    });
    expect(await told()).toBe(1);
    expect((await patch({ REGION: null })).json).toMatchObject({ revision: 3, settings: { env: {} } });
    expect(await told()).toBe(0);
  });

  it("changes nothing when the plugin refuses it", async () => {
    await host.put(name, configured());
    await patch({ A: "1" });
    const refused = await patch({ B: "2" });
    expect(refused).toMatchObject({ status: 400, json: { code: "init-failed" } });
    expect(refused.json.detail).toContain("too many variables");
    expect(await told()).toBe(1);
    expect((await host.send("GET", `/plugins/${name}`)).json).toMatchObject({
      revision: 2,
      settings: { env: { A: "1" } },
    });
  });

  it.each([[{ A: 1 }], [{ A: ["x"] }], ["A=1"]])("refuses %j", async (env) => {
    await host.put(name, configured());
    expect(await patch(env)).toMatchObject({ status: 400, json: { code: "bad-settings" } });
  });
});

describe("GET /plugins/{name}/deployments", () => {
  const history = async (query = "") => {
    const { json } = await host.send("GET", `/plugins/${name}/deployments${query}`, { anonymous: true });
    return (json.deployments as { revision: number }[]).map(({ revision }) => revision);
  };

  it("tells every revision, newest first: who, when, what", async () => {
    const first = await host.put(name, sample({ version: 1 }));
    await host.put(name, sample({ version: 2 }));
    await host.send("POST", `/plugins/${name}/rollback`);
    const { json } = await host.send("GET", `/plugins/${name}/deployments`);
    expect(json).toMatchObject({
      plugin: name,
      deployments: [
        { revision: 3, outcome: "swapped", who: "admin", version: { digest: first.json.version } },
        { revision: 2, outcome: "swapped", who: "admin" },
        { revision: 1, outcome: "created", who: "admin", version: { size: first.json.size } },
      ],
    });
    for (const { at } of json.deployments) expect(new Date(at).toISOString()).toBe(at);
  });

  it("comes in pages", async () => {
    for (let round = 1; round <= 5; round++) await host.put(name, sample({ version: round }));
    expect(await history()).toEqual([5, 4, 3, 2, 1]);
    expect(await history("?limit=2")).toEqual([5, 4]);
    expect(await history("?limit=2&before=4")).toEqual([3, 2]);
    expect(await history("?before=1")).toEqual([]);
  });

  it("outlives the plugin", async () => {
    await host.put(name, sample());
    await host.send("DELETE", `/plugins/${name}`);
    expect(await history()).toContain(2);
    const { json } = await host.send("GET", `/plugins/${name}/deployments?limit=1`);
    expect(json.deployments[0]).toMatchObject({ revision: 2, outcome: "removed", who: "admin" });
  });

  it("is nothing for a plugin that never was", async () => {
    expect(await host.send("GET", `/plugins/${name}/deployments`)).toMatchObject({
      status: 404,
      json: { code: "plugin-not-found" },
    });
  });

  it.each([
    ["?limit=0", "limit"],
    ["?limit=-1", "limit"],
    ["?limit=many", "limit"],
    ["?before=1.5", "before"],
    ["?before=", "before"],
    ["?befor=3", "befor"],
  ])("refuses %s", async (query, subject) => {
    await host.put(name, sample());
    expect(await host.send("GET", `/plugins/${name}/deployments${query}`)).toMatchObject({
      status: 400,
      json: { code: "bad-request", subject },
    });
  });
});
