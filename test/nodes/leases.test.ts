import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { isOwn } from "../../host/nodes/leases.ts";
import { LeaseTable } from "../../host/nodes/memory-leases.ts";
import { joinSqliteLeases } from "../../host/nodes/sqlite-leases.ts";
import { SqliteStates } from "../../host/nodes/sqlite-states.ts";
import { describeStates } from "../store/states-contract.ts";
import { describeLeases, owned } from "./leases-contract.ts";
import { memoryStates } from "./memory-registers.ts";

describeLeases("in memory", async () => {
  const table = new LeaseTable();
  return { join: async (facts) => table.join(facts), end: async () => {} };
});

describeLeases("in a data folder", async () => {
  const data = await mkdtemp(join(tmpdir(), "hotcell-leases-"));
  return {
    join: async (facts) => joinSqliteLeases(data, facts),
    end: () => rm(data, { recursive: true }),
  };
});

describeStates("in memory", async () => ({ states: memoryStates(), close: async () => {} }));

describeStates("in a data folder", async () => {
  const folder = await mkdtemp(join(tmpdir(), "hotcell-states-"));
  const states = new SqliteStates(folder);
  return {
    states,
    async close() {
      states[Symbol.dispose]();
      await rm(folder, { recursive: true });
    },
  };
});

const facts = { machine: "here", pid: process.pid, version: "0.0.0", since: "2026-01-01T00:00:00.000Z" };

it("in a data folder pass on when their host is killed, not while it stands still, and leave no file behind", async () => {
  const data = await mkdtemp(join(tmpdir(), "hotcell-leases-"));
  try {
    await using leases = joinSqliteLeases(data, facts);
    const script = fileURLToPath(new URL("./holding-process.ts", import.meta.url));
    const child = spawn(process.execPath, [script, data, "a", "b"], { stdio: ["ignore", "pipe", "inherit"] });
    await once(child.stdout, "data");
    const held = await leases.acquire("a");
    expect(held).toMatchObject({ token: 1, holder: { pid: child.pid } });
    child.kill("SIGSTOP");
    expect(isOwn(await leases.acquire("b"))).toBe(false);
    const exited = once(child, "exit");
    child.kill("SIGKILL");
    await exited;
    expect((await owned(leases, "a")).token).toBe(2);
    expect(await leases.holder("b")).toBeUndefined();
    expect(await leases.nodes()).toEqual([leases.self]);
    // Who comes next tidies up.
    await using _another = joinSqliteLeases(data, facts);
    const locks = (await readdir(join(data, "nodes"))).filter((name) => name.endsWith(".lock"));
    expect(locks).toHaveLength(2);
  } finally {
    await rm(data, { recursive: true });
  }
});

it("in a data folder that can't be used are refused with a reason", async () => {
  const data = await mkdtemp(join(tmpdir(), "hotcell-leases-"));
  try {
    await writeFile(join(data, "nodes"), "a file");
    expect(() => joinSqliteLeases(data, facts)).toThrow(
      expect.objectContaining({ code: "store-unavailable" }),
    );
    await rm(join(data, "nodes"));
    await joinSqliteLeases(data, facts).close();
    await writeFile(join(data, "nodes", "leases.db"), "no database".repeat(1_000));
    await rm(join(data, "nodes", "leases.db-wal"), { force: true });
    expect(() => joinSqliteLeases(data, facts)).toThrow(expect.objectContaining({ code: "store-corrupt" }));
  } finally {
    await rm(data, { recursive: true });
  }
});
