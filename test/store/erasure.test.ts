/** What is left of a secret in the files of a store: its bytes are looked for. */
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Secret, unseal } from "../../host/capabilities/secret.ts";
import { openSqliteStore } from "../../host/store/sqlite/sqlite-store.ts";
import type { Store } from "../../host/store/store.ts";
import { at, bytesOf, deploying, redeploying, removing } from "../support/commits.ts";

const a = bytesOf("a");
const marker = (name: string) => `marked-${name}-s3cret`;
/** Some fit into a page with others, some take pages of their own. */
const large = "x".repeat(20_000);

let folder: string;
let store: Store | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hotcell-erasure-"));
});
afterEach(async () => {
  await store?.close();
  store = undefined;
  await rm(folder, { recursive: true });
});

/** The files that have it. */
async function filesWith(text: string): Promise<string[]> {
  const names = await readdir(folder);
  const found = await Promise.all(
    names.map(async (name) => (await readFile(join(folder, name))).includes(text) && name),
  );
  return found.filter((name) => name !== false);
}

const withSecret = (text: string) => ({ settings: { env: { KEY: new Secret(text), SHOWN: "plain" } } });

describe.each([
  ["small", ""],
  ["large", large],
])("a %s secret", (_, rest) => {
  it("is in the store's files as long as it restarts the plugin, and no longer", async () => {
    store = await openSqliteStore({ folder });
    await store.commit(deploying("p", 0, a, withSecret(marker("first") + rest)));
    expect(await filesWith(marker("first"))).not.toEqual([]);
    await store.commit(deploying("p", 1, a, withSecret(marker("second") + rest)));
    expect(await filesWith(marker("first"))).toEqual([]);
    expect(await filesWith(marker("second"))).not.toEqual([]);
    await store.commit(deploying("p", 2, a, { settings: { env: { SHOWN: "plain" } } }));
    expect(await filesWith(marker("second"))).toEqual([]);
    await store.commit(redeploying("p", 3, a));
    await store.commit(deploying("p", 4, a, withSecret(marker("third") + rest)));
    await store.commit(removing("p", 5));
    expect(await filesWith("marked-")).toEqual([]);
    await store.close();
    expect(await filesWith("marked-")).toEqual([]);
  });

  it("is gone with the next write, where somebody read it just then", async () => {
    store = await openSqliteStore({ folder });
    await store.commit(deploying("p", 0, a, withSecret(marker("first") + rest)));
    const reader = new DatabaseSync(join(folder, "hotcell.db"), { readOnly: true });
    reader.exec("BEGIN; SELECT * FROM plugins");
    await store.commit(removing("p", 1));
    expect(await filesWith(marker("first"))).not.toEqual([]);
    reader.close();
    await store.append([{ at, kind: "log" }]);
    expect(await filesWith(marker("first"))).toEqual([]);
  });
});

describe("a file that an earlier Hotcell wrote", () => {
  const json = JSON.stringify;
  const env = (name: string) => ({
    KEY: { secret: marker(name) + large },
    OTHER: { secret: `${marker(name)}!` },
  });
  const settings = (name: string) => json({ mode: "shared", grants: {}, env: env(name) });

  /** As it left it: with a current secret, older ones in history, free pages and events, and one of a removed plugin. */
  function write(): void {
    const db = new DatabaseSync(join(folder, "hotcell.db"));
    const event = (plugin: string | null, kind: string, data: string) =>
      db
        .prepare("INSERT INTO events (at, kind, plugin, data) VALUES (?, ?, ?, ?)")
        .run(at, kind, plugin, data);
    const deployment = (plugin: string, revision: number, text: string) =>
      db
        .prepare("INSERT INTO deployments VALUES (?, ?, NULL, 'swapped', 'admin', ?, ?, '{\"changes\":0}')")
        .run(plugin, revision, at, text);
    const plugin = (name: string, revision: number, text: string, checks: string) =>
      db.prepare("INSERT INTO plugins VALUES (?, ?, NULL, ?, ?, ?)").run(name, revision, text, checks, at);
    db.exec(schema1);
    db.exec("PRAGMA journal_mode = WAL");
    const checks = { settings: { env: { KEY: { secret: marker("checks") } } }, calls: [{ call: "f" }] };
    plugin("p", 3, settings("now"), json(checks));
    plugin("removed", 2, "null", "null");
    for (const [revision, name] of ["first", "second", "now"].entries())
      deployment("p", revision + 1, settings(name));
    deployment("removed", 1, settings("removed"));
    deployment("removed", 2, "null");
    deployment("removed", 3, `{ "env": "${marker("damaged")}`);
    const half = `${marker("first")}!`.slice(0, 20);
    event("p", "log", json({ level: "info", message: `${"-".repeat(30)}${half}… (9 more characters)` }));
    event("p", "refused", json({ code: "trial-failed", detail: `it aborted: ${half}… (a.ts:1:2).` }));
    const detail = `1 of 2 checks failed: f([]): expected 1, got "${marker("result")}"`;
    event("p", "refused", json({ code: "checks-failed", detail, reached: "built" }));
    event("removed", "log", json({ level: "info", message: `I was told ${marker("removed")}!` }));
    event(null, "token-created", json({ id: "ci", scopes: ["read"] }));
    // What was deleted before is still there.
    deployment("p", 4, settings("deleted"));
    db.exec("DELETE FROM deployments WHERE revision = 4");
    db.close();
  }

  it("keeps nothing but what restarts its plugins", async () => {
    write();
    expect(await filesWith(marker("deleted"))).not.toEqual([]);
    store = await openSqliteStore({ folder });
    for (const name of ["first", "second", "removed", "deleted", "checks", "result", "damaged"])
      expect([name, await filesWith(marker(name))]).toEqual([name, []]);
    expect(await filesWith(marker("first").slice(0, 12))).toEqual([]);

    const [p] = await store.list();
    expect(unseal(p?.settings)).toEqual({ grants: {}, env: env("now"), whole: true });
    expect(p?.checks).toEqual({ settings: { env: { KEY: { secret: true } } }, calls: [{ call: "f" }] });
    const shown = { mode: "shared", grants: {}, env: { KEY: { secret: true }, OTHER: { secret: true } } };
    expect((await store.deployments("p")).map((each) => each.settings)).toEqual([shown, shown, shown]);
    expect((await store.events()).map(({ data }) => data)).toEqual([
      { level: "info", message: `${"-".repeat(30)}… (9 more characters)` },
      { code: "trial-failed", detail: "it aborted: … (a.ts:1:2)." },
      { code: "checks-failed", detail: "1 of 2 checks failed.", reached: "built" },
      { level: "info", message: "I was told [secret]" },
      { id: "ci", scopes: ["read"] },
    ]);

    await store.commit(deploying("p", 3, a, { settings: {} }));
    expect(await filesWith("marked-")).toEqual([]);
  });

  it("is backed up with what a restart needs, and nothing more", async () => {
    write();
    store = await openSqliteStore({ folder });
    const copy = join(folder, "copy.db");
    await store.commit(deploying("p", 3, a, withSecret(marker("newest"))));
    await store.backup(copy);
    const bytes = await readFile(copy);
    expect(bytes.includes(marker("newest"))).toBe(true);
    expect(bytes.includes(marker("now"))).toBe(false);
    expect(bytes.toString("latin1").split("marked-")).toHaveLength(2);
  });
});

const schema1 = (await readFile(new URL("fixtures/schema-1.sql", import.meta.url), "utf8")).split(
  "INSERT",
)[0]!;
