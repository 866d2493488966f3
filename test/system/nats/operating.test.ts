/** Verbs of the command line beside a host whose store is on NATS. */
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "@nats-io/transport-node";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import type { KeyValueStore } from "../../../host/backends/key-value/key-value-store.ts";
import { type RunningServer, startServer } from "../../../host/server.ts";
import { openNatsStore } from "../../../host/store/nats/nats-store.ts";
import { openSqliteStore } from "../../../host/store/sqlite/sqlite-store.ts";
import { bucket, plenty } from "../../backends/key-value/contract.ts";
import { finished, startHotcell } from "../../support/cli.ts";
import { at, bytesOf, deploying, digestOf } from "../../support/commits.ts";
import { type NatsServer, natsServer } from "./nats-server.ts";
import { backUp, restore } from "./stream-backup.ts";

describe.runIf(!inject("missing").includes("nats-server"))("verbs beside a store on NATS", () => {
  let nats: NatsServer;
  let data: string;
  let server: RunningServer;
  let store: string;
  beforeAll(async () => {
    nats = await natsServer();
    data = await mkdtemp(join(tmpdir(), "hotcell-operating-"));
    store = `nats://127.0.0.1:${nats.port}/operating`;
    server = await startServer({
      host: "127.0.0.1",
      port: 0,
      data,
      privateCalls: false,
      store: { url: store },
    } as never);
  });
  afterAll(async () => {
    await server?.close();
    await nats?.[Symbol.asyncDispose]();
    await rm(data, { recursive: true });
  });
  const hotcell = (...args: string[]) =>
    finished(startHotcell(args, { environment: { HOTCELL_DATA: data, HOTCELL_STORE: store } }));

  it("find it by its data folder, with its token", async () => {
    expect(await hotcell("token", "list")).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("no tokens"),
    });
    const made = await hotcell("token", "new", "--scope", "read", "--json");
    expect(JSON.parse(made.stdout)).toMatchObject({ scopes: ["read"] });
    expect(await server.host.tokens.list()).toHaveLength(1);
    const kept = await hotcell("kv", "buckets", "nobody");
    expect(kept.stderr).toContain("nobody");
  });

  it("say how its store is backed up", async () => {
    for (const args of [["copy.db"], ["copy.db", "--data", data]]) {
      const { code, stderr } = await hotcell("backup", ...args);
      expect(code).not.toBe(0);
      expect(stderr).toContain(
        "nats stream backup operating_kv DIR, then the same of operating_log and operating_data",
      );
    }
  });

  it("say where the host of a folder keeps all, also where nobody says it by a variable", async () => {
    const without = () =>
      finished(startHotcell(["backup", "copy.db", "--data", data], { environment: {}, cwd: data }));
    const told = await without();
    expect(told.code).not.toBe(0);
    expect(told.stderr).toContain(`keeps all in ${store}`);
    expect(told.stderr).toContain("HOTCELL_STORE");
    // What the folder had before is not the store that is meant.
    await openSqliteStore({ folder: data }).then((kept) => kept.close());
    expect((await without()).stderr).toContain(`keeps all in ${store}`);
    expect(existsSync(join(data, "copy.db"))).toBe(false);
    await rm(join(data, "hotcell.db"));
  });

  it("are as good on a store that is restored from the backups of its streams, made in that order while hosts go on", async () => {
    const adding = { kind: "add", key: "n", delta: 1n, least: 0n, most: 2n ** 62n } as const;
    await using one = await openNatsStore({ url: `nats://127.0.0.1:${nats.port}/kept` });
    const values = one.keyValue();
    const add = (times: number) =>
      Promise.all(Array.from({ length: times }, () => values.change(bucket, adding, plenty)));
    await add(900);
    const from = await connect({ servers: `127.0.0.1:${nats.port}` });
    const backups = [await backUp(from, "kept_kv")];
    // A snapshot is kept, which has changes that the backup of the log lacks.
    await add(200);
    await one.commit(deploying("p", 0, bytesOf("a", 2_000_000)));
    await one.addToken({ id: "t", hash: "h", scopes: [], createdAt: at }, { at, kind: "token-created" });
    backups.push(await backUp(from, "kept_log"));
    await one.commit(deploying("p", 1, bytesOf("b")));
    backups.push(await backUp(from, "kept_data"));
    await from.close();

    await using other = await natsServer();
    const to = await connect({ servers: `127.0.0.1:${other.port}` });
    for (const backup of backups) await restore(to, backup);
    await to.close();
    const url = `nats://127.0.0.1:${other.port}/kept`;
    await using restored = await openNatsStore({ url });
    expect(await restored.plugin("p")).toMatchObject({ revision: 1 });
    await restored.verify(digestOf(bytesOf("a", 2_000_000)));
    expect(await restored.tokens()).toHaveLength(1);
    const again = restored.keyValue();
    const sumOf = async (each: KeyValueStore) =>
      Number(Buffer.from((await each.get(bucket, ["n"], 100))![0]!.value));
    const sum = await sumOf(again);
    expect(sum).toBeGreaterThanOrEqual(900);
    await again.change(bucket, adding, plenty);
    expect(await sumOf(again)).toBe(sum + 1);
    await using later = await openNatsStore({ url });
    expect(await sumOf(later.keyValue())).toBe(sum + 1);
  });
});
