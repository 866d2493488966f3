/** Two hosts on one folder of which one is a newer Hotcell, which stores what the other does not know. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, it } from "vitest";
import type { HotcellError } from "../../host/errors.ts";
import type { Host } from "../../host/host.ts";
import { pluginRoutes } from "../../host/http/embed.ts";
import { openStore } from "../../host/store/open-store.ts";
import { sample } from "../guests/small-plugins.ts";
import { digestOf } from "../support/commits.ts";
import { exampleWasm } from "../support/examples.ts";
import { until } from "../support/processes.ts";
import { startTestHost } from "../support/test-host.ts";
import { refusalOf } from "../support/thrown.ts";
import { hostsOfFolder } from "./hosts-of-folder.ts";

const hosts = hostsOfFolder();

const { start } = hosts;
const versionOn = (host: Host) => host.registry.callJson("p", "version");

it.each([
  ["a setting", { settings: { mode: "fresh", canary: { share: 5 } } }, "settings.canary"],
  [
    "a member of one",
    { settings: { mode: "fresh", rollout: { time: "9s", errors: 1 } } },
    "settings.rollout.errors",
  ],
  ["a limit", { settings: { limits: { gpu: 1 } } }, "settings.limits.gpu"],
  ["a kind of check", { settings: {}, checks: { calls: [], replays: [] } }, "replays"],
])(
  "keep running what the older one has where the newer one stores %s, and never drop that",
  async (_, stored, name) => {
    const older = await start();
    await older.registry.deploy("p", sample({ version: 1 }), { settings: { mode: "fresh" } });
    expect(await versionOn(older)).toBe(1);
    // The newer one's connection to the file.
    await using newer = await openStore(hosts.data);
    await newer.commit({
      ...{
        plugin: "p",
        expected: 1,
        checks: null,
        ...stored,
        at: new Date().toISOString(),
        outcome: "swapped",
      },
      ...{ live: older.registry.details("p").version, event: { kind: "deployed", data: { canary: true } } },
    });
    await until(() => older.registry.behind === 1);
    const { behind, damaged } = older.registry.details("p");
    expect(behind).toMatchObject({
      revision: 2,
      code: "store-too-new",
      detail: expect.stringContaining(name),
    });
    expect(damaged).toMatchObject({
      code: "store-too-new",
      detail: expect.stringContaining("newer Hotcell"),
    });
    expect(await versionOn(older)).toBe(1);
    for (const change of [
      older.registry.deploy("p", sample({ version: 2 })),
      older.registry.deploy("p", sample({ version: 2 }), { settings: { mode: "shared" }, checks: null }),
      older.registry.configure("p", { limits: { queue: 7 } }),
      older.registry.rollback("p"),
    ]) {
      const { code, facts } = await refusalOf(change);
      expect([code, facts.remedy]).toEqual([
        "plugin-damaged",
        expect.stringContaining("Bring this host to the Hotcell"),
      ]);
    }
    expect(await newer.plugin("p")).toMatchObject({ revision: 2, ...stored });
    // It follows again what it knows.
    await newer.commit({
      ...{ plugin: "p", expected: 2, settings: { mode: "fresh" }, checks: null },
      ...{ at: new Date().toISOString(), outcome: "swapped" },
      ...{ live: older.registry.details("p").version, event: { kind: "deployed" } },
    });
    await until(() => older.registry.behind === 0 && older.registry.revision("p") === 3);
    expect(older.registry.details("p")).not.toHaveProperty("damaged");
  },
);

it.each([
  ["has a member that is not known", { modes: {} }],
  ["has a later form", { form: 2 }],
  ["has files with more facts", { files: [["a", `sha256:${"0".repeat(64)}`, 0, [], "symlink"]] }],
])(
  "keep running what the older one has where a version %s, and take an upload in its place",
  async (_, more) => {
    const older = await start();
    await older.registry.deploy("p", sample({ version: 1 }));
    expect(await versionOn(older)).toBe(1);
    const { version: component } = older.registry.details("p");
    const bytes = Buffer.from(JSON.stringify({ hotcell: "version", component, files: [], ...more }));
    const live = digestOf(bytes);
    const about = { functions: ["version"], world: "" };
    const parts = [{ digest: component, bytes: sample({ version: 1 }) }];
    await using newer = await openStore(hosts.data);
    await newer.commit({
      ...{ plugin: "p", expected: 1, settings: {}, checks: null, at: new Date().toISOString() },
      ...{ live, binary: { bytes, about, parts }, outcome: "swapped", event: { kind: "deployed" } },
    });
    await until(() => older.registry.behind === 1);
    expect(older.registry.details("p").behind).toMatchObject({
      code: "store-too-new",
      detail: expect.stringContaining("A newer Hotcell has stored the version"),
    });
    expect(await versionOn(older)).toBe(1);
    // One that begins has nothing that it could run.
    const later = await start();
    expect(await refusalOf(later.registry.callJson("p", "version"))).toMatchObject({
      code: "plugin-damaged",
      facts: { extra: { damaged: { code: "store-too-new" } } },
    });
    await later.registry.deploy("p", sample({ version: 2 }));
    await until(() => older.registry.behind === 0 && older.registry.revision("p") === 3);
    expect(await versionOn(older)).toBe(2);
  },
);

it("go on serving what runs by the settings before, and let nobody in whom the newer one is seen to keep out", async () => {
  const store = hosts.opened.use(await openStore(hosts.data));
  const older = await startTestHost({ store });
  hosts.opened.defer(() => older.close());
  const get = async (path: string, anonymous = true) => (await older.send("GET", path, { anonymous })).status;
  const schedule = [{ call: "version", cron: "0 0 1 1 *" }];
  const access = "public" as const;
  const settings = { mode: "fresh" as const, access, routes: [{ path: "/shop/*" }] };
  await older.registry.deploy("router", exampleWasm("router"), { settings });
  await older.registry.deploy("p", sample({ version: 1 }), { settings: { mode: "fresh", schedule } });
  expect(await get("/shop/hello/Ada")).toBe(200);
  const stored = await store.list();
  await using newer = await openStore(hosts.data);
  const commit = async (name: string, expected: number, more: object) =>
    newer.commit({
      ...{ plugin: name, expected, checks: null, at: new Date().toISOString(), outcome: "configured" },
      ...{ live: stored.find((each) => each.name === name)!.live!.digest, event: { kind: "deployed" } },
      settings: { ...(stored.find((each) => each.name === name)!.settings as object), canary: 1, ...more },
    });
  await commit("router", 1, {});
  await commit("p", 1, {});
  await until(() => older.registry.behind === 2);
  expect(older.registry.details("p").damaged?.code).toBe("store-too-new");
  expect(await get("/shop/hello/Ada")).toBe(200);
  expect(older.registry.details("p").schedule).toMatchObject([{ name: "version" }]);
  await commit("router", 2, { access: "token", routes: [] });
  await until(() => older.registry.revision("router") === 3);
  expect(await get("/shop/hello/Ada")).toBe(401);
  expect(await get("/shop/hello/Ada", false)).toBe(200);
  // And again by what is stored, once that is known.
  await commit("router", 3, { canary: undefined });
  await until(() => older.registry.behind === 1);
  expect(await get("/shop/hello/Ada")).toBe(200);
});

it("name the Hotcell that has stored what is not known", async () => {
  await (await start()).registry.deploy("p", sample({ version: 1 }));
  const db = new DatabaseSync(join(hosts.data, "hotcell.db"), { timeout: 5_000 });
  db.exec(`UPDATE plugins SET settings = '{"canary":5}', hotcell = '9.9.9'`);
  db.close();
  const { damaged } = (await start()).registry.details("p");
  expect(damaged).toMatchObject({
    code: "store-too-new",
    detail: expect.stringMatching(/settings\.canary.* Hotcell 9\.9\.9 has stored it; this is \d/),
  });
});

/** Steps that a newer Hotcell takes with every file of the folder, as it does when it joins. */
const migrateAll = () => {
  const files = readdirSync(hosts.data, { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".db"),
  );
  for (const name of files) {
    const db = new DatabaseSync(join(hosts.data, name), { timeout: 5_000 });
    const { user_version } = db.prepare("PRAGMA user_version").get() as { user_version: number };
    db.exec(
      `BEGIN IMMEDIATE; CREATE TABLE of_tomorrow (x INTEGER); PRAGMA user_version = ${user_version + 1}; COMMIT`,
    );
    db.close();
  }
  return files.length;
};

it("go on with what they run once a newer Hotcell has brought the files further, and write nothing there any more", async () => {
  const kv = { grants: { kv: true } };
  const host = await start();
  await host.registry.deploy("p", sample({ version: 1 }));
  await host.registry.deploy("values", exampleWasm("counter-kv"), { settings: kv });
  const { token, id } = await host.tokens.create({ scopes: ["read"] }, "admin");
  expect(await versionOn(host)).toBe(1);
  const count = () => host.registry.callJson("values", "increment", ["n", 1]);
  expect(await count()).toBe(1);
  expect(migrateAll()).toBeGreaterThanOrEqual(4);
  const tooNew = { code: "store-too-new", facts: { remedy: expect.stringContaining("Run that Hotcell") } };
  for (const refused of [
    () => host.registry.deploy("p", sample({ version: 2 })),
    () => host.registry.configure("p", { limits: { queue: 7 } }),
    () => host.registry.remove("p"),
    () => host.tokens.revoke(id, "admin"),
    () => host.registry.values("values").put("default", "x", new Uint8Array()),
  ])
    expect(await refusalOf(refused())).toMatchObject(tooNew);
  // Who only reads looks now and then.
  for (const read of [() => host.store.list(), () => host.store.tokens(), () => host.nodes()])
    await until(() =>
      read().then(...([() => false, (e: HotcellError) => e.code === "store-too-new"] as const)),
    );
  expect((await refusalOf(count())).message).toMatch(/newer Hotcell|store-too-new/);
  expect(await versionOn(host)).toBe(1);
  expect(host.tokens.find(token)?.scopes).toEqual(["read"]);
  const headers = { authorization: "Bearer t", host: "127.0.0.1" };
  const api = pluginRoutes(host, { token: "t", address: "127.0.0.1" });
  const health = (await (await api.request("/readyz?verbose", { headers })).json()) as { store: object };
  expect(health.store).toMatchObject({ answers: false, detail: expect.stringContaining("newer Hotcell") });
  // One of today's that begins now says so, and leaves the files as they are.
  expect(await refusalOf(start())).toMatchObject(tooNew);
  await host.close();
});
