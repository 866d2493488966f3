/** What is damaged in the store by hand: it stops nothing but itself, says so, and can be mended. */

import { createHash } from "node:crypto";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createHost, type Host } from "../../host/host.ts";
import { pluginRoutes } from "../../host/http/embed.ts";
import { exampleWasm } from "../support/examples.ts";
import { until } from "../support/processes.ts";

let data: string;
let said: string[];
beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), "hotcell-damage-"));
  said = [];
  vi.spyOn(console, "error").mockImplementation((line) => void said.push(`${line}`));
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(data, { recursive: true, force: true });
});

const token = "a-token-for-tests-of-damage";
const counter = exampleWasm("counter");
const greet = exampleWasm("greet");
const checks = { calls: [{ call: "increment", args: [1], returns: 1 }] };

/** A folder that every test takes a copy of: two plugins at work, and a token. */
const whole = await mkdtemp(join(tmpdir(), "hotcell-damage-"));
{
  await using host = await createHost({ data: whole, log: () => {} });
  await host.registry.deploy("bad", counter, { checks });
  await host.registry.deploy("other", greet);
  await host.tokens.create({ scopes: ["call"] }, "admin");
}
afterAll(() => rm(whole, { recursive: true }));

const filled = () => cp(whole, data, { recursive: true });

type Statement = string | readonly [sql: string, ...values: (string | Uint8Array)[]];

/** SQL on the file, with no regard for what belongs together. */
function damage(...statements: readonly Statement[]): void {
  const db = new DatabaseSync(join(data, "hotcell.db"), { enableForeignKeyConstraints: false });
  for (const statement of statements) {
    const [sql, ...values] = typeof statement === "string" ? [statement] : statement;
    db.prepare(sql).run(...values);
  }
  db.close();
}

async function ask(host: Host, method: string, path: string, body?: Uint8Array | object) {
  const binary = body instanceof Uint8Array;
  const answer = await pluginRoutes(host, { token, address: "127.0.0.1" }).request(path, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      host: "127.0.0.1",
      ...(body && { "content-type": binary ? "application/wasm" : "application/json" }),
    },
    ...(body && { body: binary ? new Uint8Array(body) : JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { status: answer.status, json: text === "" ? undefined : JSON.parse(text) };
}

const set = (column: string, value: string): Statement => [
  `UPDATE plugins SET ${column} = ? WHERE name = 'bad'`,
  value,
];
const ofVersion = (column: string, value: string | Uint8Array): Statement => [
  `UPDATE versions SET ${column} = ? WHERE digest = (SELECT live FROM plugins WHERE name = 'bad')`,
  value,
];
const about = (value: string) => ofVersion("about", value);
const bytes = (value: Uint8Array) => ofVersion("bytes", value);
const garbage = new TextEncoder().encode("\0asm no component at all");
const garbageDigest = `sha256:${createHash("sha256").update(garbage).digest("hex")}`;

const damages: readonly (readonly [string, code: string, Statement])[] = [
  ["settings that are no JSON", "store-corrupt", set("settings", "{")],
  ["settings that are nothing", "store-corrupt", set("settings", "")],
  ["settings of another type", "bad-settings", set("settings", "[]")],
  ["settings that are null", "bad-settings", set("settings", "null")],
  ["settings with an unknown value", "bad-settings", set("settings", '{"mode":"sideways"}')],
  ["settings with an unknown member", "store-too-new", set("settings", '{"colour":"red"}')],
  ["settings with a limit of another type", "bad-settings", set("settings", '{"limits":{"fuel":"much"}}')],
  ["settings with an unknown grant", "bad-settings", set("settings", '{"grants":{"teleport":true}}')],
  ["checks that are no JSON", "store-corrupt", set("checks", "nul")],
  ["checks of another type", "bad-settings", set("checks", '{"calls":7}')],
  ["a description that is no JSON", "store-corrupt", about("{'functions'")],
  ["a description of another type", "store-corrupt", about('{"functions":"all","world":1}')],
  ["a description that is null", "store-corrupt", about("null")],
  ["a version that is not there", "store-corrupt", set("live", `sha256:${"0".repeat(64)}`)],
  ["a live version that is no digest", "store-corrupt", set("live", "")],
];
const binaryDamages: typeof damages = [
  ["bytes of another digest", "store-corrupt", bytes(garbage)],
  ["no bytes", "store-corrupt", bytes(new Uint8Array())],
];

describe.each([...damages, ...binaryDamages])("%s", (_, code, statement) => {
  beforeEach(async () => {
    await filled();
    damage(statement);
  });

  it("is told in list, details, health and log, and to callers; others run", async () => {
    await using host = await createHost({ data, log: () => {} });
    expect(await ask(host, "POST", "/call/other/greet", ["Ada"])).toMatchObject({ status: 200 });
    // Binaries are looked at beside the work.
    await until(() => host.registry.damaged === 1);
    const damaged = { code, detail: expect.stringMatching(/\w/) };
    expect(await ask(host, "GET", "/plugins")).toMatchObject({
      status: 200,
      json: { plugins: [{ name: "bad", revision: 1, damaged }, { name: "other" }] },
    });
    expect((await ask(host, "GET", "/plugins")).json.plugins[1]).not.toHaveProperty("damaged");
    expect((await ask(host, "GET", "/plugins?damaged")).json.plugins).toMatchObject([{ name: "bad" }]);
    expect((await ask(host, "GET", "/plugins?damaged=false")).json.plugins).toMatchObject([
      { name: "other" },
    ]);
    expect(await ask(host, "GET", "/plugins/bad")).toMatchObject({ status: 200, json: { damaged } });
    expect(await ask(host, "GET", "/readyz")).toEqual({ status: 200, json: { status: "ready", damaged: 1 } });
    const { damaged: told, moreDamaged } = (await ask(host, "GET", "/readyz?verbose")).json;
    expect([told, moreDamaged]).toEqual([[{ plugin: "bad", ...damaged }], undefined]);
    expect(said.join("\n")).toContain("bad does not run");
    for (let round = 0; round < 2; round++) {
      expect(await ask(host, "POST", "/call/bad/increment", [1])).toMatchObject({
        status: 500,
        json: {
          code: "plugin-damaged",
          subject: "bad",
          remedy: expect.stringContaining("/plugins/bad"),
          damaged,
        },
      });
    }
    expect((await ask(host, "GET", "/plugins/bad/deployments")).status).toBe(200);
    expect((await ask(host, "GET", "/plugins/bad/versions")).status).toBe(200);
  });

  it("is mended by an upload of the same file, for good", async () => {
    {
      await using host = await createHost({ data, log: () => {} });
      expect(await ask(host, "PUT", "/plugins/bad", counter)).toMatchObject({
        status: 200,
        json: { outcome: "swapped", revision: 2 },
      });
      expect(await ask(host, "POST", "/call/bad/increment", [1])).toEqual({ status: 200, json: 1 });
      expect((await ask(host, "GET", "/plugins/bad")).json).not.toHaveProperty("damaged");
      expect((await ask(host, "GET", "/readyz")).json).toEqual({ status: "ready" });
    }
    await using host = await createHost({ data, log: () => {} });
    expect(await ask(host, "POST", "/call/bad/increment", [1])).toEqual({ status: 200, json: 1 });
  });

  it("is mended by removal", async () => {
    await using host = await createHost({ data, log: () => {} });
    expect((await ask(host, "DELETE", "/plugins/bad")).status).toBe(204);
    expect(host.registry.damaged).toBe(0);
    expect((await ask(host, "GET", "/plugins")).json.plugins).toHaveLength(1);
    expect(await ask(host, "PUT", "/plugins/bad", counter)).toMatchObject({ status: 201 });
  });
});

describe("damaged settings", () => {
  it("are not patched or carried over by a rollback: that would put defaults in their place", async () => {
    await filled();
    damage(set("settings", "{"));
    await using host = await createHost({ data, log: () => {} });
    for (const [method, path, body] of [
      ["PATCH", "/plugins/bad", { mode: "fresh" }],
      ["POST", "/plugins/bad/rollback", undefined],
    ] as const) {
      expect(await ask(host, method, path, body)).toMatchObject({
        status: 500,
        json: { code: "plugin-damaged" },
      });
    }
  });
});

it("a whole binary that is no component is told when it is first needed", async () => {
  await filled();
  damage(
    [
      "INSERT INTO versions (digest, about, bytes) SELECT ?, about, ? FROM versions LIMIT 1",
      garbageDigest,
      garbage,
    ],
    set("live", garbageDigest),
  );
  await using host = await createHost({ data, log: () => {} });
  expect(await ask(host, "POST", "/call/bad/increment", [1])).toMatchObject({
    status: 500,
    json: { code: "plugin-damaged" },
  });
  expect(await ask(host, "GET", "/plugins/bad")).toMatchObject({
    status: 200,
    json: { damaged: { code: expect.any(String) } },
  });
  expect((await ask(host, "PUT", "/plugins/bad", counter)).status).toBe(200);
  expect(await ask(host, "POST", "/call/bad/increment", [1])).toEqual({ status: 200, json: 1 });
});

describe("numbers that can't be counted on from", () => {
  const changes = async (host: Host) => {
    expect(await ask(host, "PATCH", "/plugins/bad", { limits: { time: 3000 } })).toMatchObject({
      status: 200,
      json: { revision: 2 },
    });
    expect(await ask(host, "PUT", "/plugins/bad?allow-breaking", greet)).toMatchObject({ status: 400 });
    expect((await ask(host, "DELETE", "/plugins/bad")).status).toBe(204);
    expect(await ask(host, "PUT", "/plugins/bad", greet)).toMatchObject({
      status: 201,
      json: { revision: 4 },
    });
    expect(await ask(host, "POST", "/call/bad/greet", ["Ada"])).toMatchObject({ status: 200 });
    const { json } = await ask(host, "GET", "/plugins/bad/deployments");
    expect(json.deployments.map(({ revision }: { revision: number }) => revision)).toEqual([4, 3]);
  };

  it.each(["9223372036854775807", "9007199254740991", "0", "-5"])(
    "a plugin's revision %s is what its history says",
    async (revision) => {
      await filled();
      damage(
        "PRAGMA ignore_check_constraints = 1",
        `UPDATE plugins SET revision = ${revision} WHERE name = 'bad'`,
      );
      await using host = await createHost({ data, log: () => {} });
      expect((await ask(host, "GET", "/plugins/bad")).json).toMatchObject({ revision: 1 });
      await changes(host);
    },
  );

  it("a revision before what the history has is not counted again", async () => {
    {
      await using host = await createHost({ data, log: () => {} });
      await host.registry.deploy("bad", counter);
      await host.registry.configure("bad", { limits: { time: 2000 } });
    }
    damage("UPDATE plugins SET revision = 1");
    await using host = await createHost({ data, log: () => {} });
    expect(await ask(host, "PATCH", "/plugins/bad", { limits: { time: 3000 } })).toMatchObject({
      status: 200,
      json: { revision: 3 },
    });
  });

  it("an event with the greatest id does not keep others from being added", async () => {
    await filled();
    damage("UPDATE events SET id = 9223372036854775807 WHERE id = 1");
    await using host = await createHost({ data, log: () => {} });
    await changes(host);
    // What was refused on the way may be told later.
    const deployed = (await host.store.events()).filter(({ kind }) => kind === "deployed");
    expect(deployed.at(-1)).toMatchObject({ plugin: "bad", revision: 4 });
  });
});

it("a plugin whose row was lost, and not its history, can be uploaded again", async () => {
  await filled();
  damage("DELETE FROM plugins WHERE name = 'bad'");
  await using host = await createHost({ data, log: () => {} });
  expect(await ask(host, "PUT", "/plugins/bad", greet)).toMatchObject({ status: 201, json: { revision: 1 } });
  expect((await ask(host, "GET", "/plugins/bad/deployments")).json.deployments).toHaveLength(1);
});

it.each(["events", "plugins", "versions", "tokens"])(
  "a store without its table %s says so",
  async (table) => {
    await filled();
    damage(`DROP TABLE ${table}`);
    await expect(createHost({ data, log: () => {} })).rejects.toMatchObject({
      code: "store-corrupt",
      message: expect.stringContaining(`no such table: `),
    });
  },
);

it("500 plugins start beside damaged ones of every kind", async () => {
  await filled();
  damage(
    `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500)
     INSERT INTO plugins (name, revision, live, settings, checks, at)
       SELECT 'p' || i, 1, live, settings, checks, at FROM n, plugins WHERE name = 'bad'`,
    ...damages.map(([, , statement], i): Statement => {
      const [sql, value] = statement as [string, string];
      return sql.startsWith("UPDATE versions")
        ? [`UPDATE plugins SET settings = ? WHERE name = 'p${i + 1}'`, "{"]
        : [sql.replace("'bad'", `'p${i + 1}'`), value];
    }),
    "UPDATE plugins SET revision = 9223372036854775807 WHERE name = 'p100'",
  );
  await using host = await createHost({ data, log: () => {} });
  expect(host.registry.list()).toHaveLength(502);
  expect(host.registry.damaged).toBe(damages.length);
  expect(await ask(host, "POST", "/call/p400/increment", [1])).toEqual({ status: 200, json: 1 });
  expect(await ask(host, "POST", "/call/p100/increment", [1])).toEqual({ status: 200, json: 1 });
  // Named one by one up to a number, so that the log is not all of this.
  expect(said.length).toBeLessThan(25);
});

describe("damaged records of other kinds", () => {
  it.each(["{", "7", '"admin"', '[["admin"]]', "null", '{"0":"admin"}'])(
    "a token's scopes %s give it nothing, and stop no other token",
    async (scopes) => {
      let good = "";
      let bad = { id: "", token: "" };
      {
        await using host = await createHost({ data, log: () => {} });
        await host.registry.deploy("other", greet);
        good = (await host.tokens.create({ scopes: ["read"] }, "admin")).token;
        bad = await host.tokens.create({ scopes: ["admin"] }, "admin");
      }
      damage(["UPDATE tokens SET scopes = ? WHERE id = ?", scopes, bad.id]);
      await using host = await createHost({ data, log: () => {} });
      const app = pluginRoutes(host, { token });
      const as = (held: string) =>
        app.request("/plugins", { headers: { authorization: `Bearer ${held}`, host: "x" } });
      expect((await as(good)).status).toBe(200);
      expect((await as(bad.token)).status).toBeGreaterThanOrEqual(401);
      expect((await as(bad.token)).status).toBeLessThan(404);
      expect((await ask(host, "GET", "/tokens")).json.tokens).toHaveLength(2);
      expect((await ask(host, "DELETE", `/tokens/${bad.id}`)).status).toBe(204);
    },
  );

  it.each(["{", '"other"', "7", "[7]"])("a token's plugins %s are none, and not all", async (plugins) => {
    let bad = { id: "", token: "" };
    {
      await using host = await createHost({ data, log: () => {} });
      await host.registry.deploy("other", greet);
      bad = await host.tokens.create({ scopes: ["read"], plugins: ["p"] }, "admin");
    }
    damage(["UPDATE tokens SET plugins = ?", plugins]);
    await using host = await createHost({ data, log: () => {} });
    const app = pluginRoutes(host, { token });
    const answer = await app.request("/plugins/other", {
      headers: { authorization: `Bearer ${bad.token}`, host: "x" },
    });
    expect(answer.status).toBe(403);
  });

  it("a token's hash that is none lets nobody in, and is no fault", async () => {
    let bad = { id: "", token: "" };
    {
      await using host = await createHost({ data, log: () => {} });
      bad = await host.tokens.create({ scopes: ["admin"] }, "admin");
    }
    damage("UPDATE tokens SET hash = 'xyz'");
    await using host = await createHost({ data, log: () => {} });
    const answer = await pluginRoutes(host, { token }).request("/plugins", {
      headers: { authorization: `Bearer ${bad.token}`, host: "x" },
    });
    expect(answer.status).toBe(401);
  });

  it("events and history are given with what is left of them", async () => {
    await filled();
    damage(
      "UPDATE events SET data = '{' WHERE id = 1",
      "UPDATE deployments SET settings = 'x', details = ''",
    );
    await using host = await createHost({ data, log: () => {} });
    const events = await host.store.events();
    expect(events[0]).toMatchObject({ id: 1, kind: "deployed", damaged: expect.stringContaining("event 1") });
    expect(events.at(-1)).toMatchObject({ kind: "token-created", data: { scopes: ["call"] } });
    expect(events.at(-1)).not.toHaveProperty("damaged");
    const { status, json } = await ask(host, "GET", "/plugins/bad/deployments");
    expect(status).toBe(200);
    expect(json.deployments).toMatchObject([{ revision: 1, damaged: expect.stringContaining("settings") }]);
    expect(await ask(host, "PUT", "/plugins/bad", greet)).toMatchObject({ status: 409 });
    expect(await ask(host, "PUT", "/plugins/bad?allow-breaking", greet)).toMatchObject({ status: 400 });
  });
});
