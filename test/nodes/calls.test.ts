/** Calls with keys that are made once: by one host in memory, and by the hosts of a data folder. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, it } from "vitest";
import { nodesFolder } from "../../host/nodes/folder-nodes.ts";
import { HostCalls } from "../../host/nodes/host-calls.ts";
import { SqliteCalls } from "../../host/nodes/sqlite-calls.ts";
import { joinSqliteLeases } from "../../host/nodes/sqlite-leases.ts";
import { HeapAccount } from "../../host/platform/heap-account.ts";
import { MemoryCalls } from "../../host/store/memory/memory-calls.ts";
import { begunBy, describeCalls, keyed } from "../store/calls-contract.ts";
import { until } from "../support/processes.ts";
import { refusalOf } from "../support/thrown.ts";

const facts = { machine: "here", pid: process.pid, version: "0.0.0", since: "2026-01-01T00:00:00.000Z" };

describeCalls("in memory", async () => {
  let now = 0;
  const calls = new MemoryCalls(new HeapAccount(), () => now);
  return {
    hosts: [calls, calls],
    pass: (milliseconds) => {
      now += milliseconds;
    },
    close: async () => {},
  };
});

describeCalls("in a data folder", async () => {
  const data = await mkdtemp(join(tmpdir(), "hotcell-calls-"));
  let now = 0;
  const opened = new AsyncDisposableStack();
  opened.defer(() => rm(data, { recursive: true }));
  const host = () => {
    const leases = opened.use(joinSqliteLeases(data, facts));
    const calls = opened.use(new SqliteCalls(nodesFolder(data), leases.self.id, () => now));
    return { leases, keyed: new HostCalls(calls, leases) };
  };
  const [one, other] = [host(), host()];
  return {
    hosts: [one.keyed, other.keyed],
    kill: () => one.leases.close(),
    pass: (milliseconds) => {
      now += milliseconds;
    },
    close: () => opened.disposeAsync(),
  };
});

it("in a data folder that can't be written are refused and not made; what they came to is kept once it can be", async () => {
  const data = await mkdtemp(join(tmpdir(), "hotcell-calls-"));
  try {
    await using leases = joinSqliteLeases(data, facts);
    using calls = new SqliteCalls(nodesFolder(data), leases.self.id);
    const host = new HostCalls(calls, leases);
    const begun = await begunBy(host, keyed("begun"));
    using other = new DatabaseSync(join(nodesFolder(data), "calls.db"));
    other.exec("BEGIN IMMEDIATE");
    expect(await refusalOf(host.begin(keyed("new")))).toMatchObject({
      code: "store-unavailable",
      message: expect.stringContaining("was not made"),
      facts: { remedy: expect.stringContaining("Without Idempotency-Key") },
    });
    await begun.settle({ status: 200, headers: {}, body: "1" });
    other.exec("ROLLBACK");
    expect((await refusalOf(host.begin(keyed("begun")))).code).toBe("call-under-way");
    await until(async () => "answer" in (await host.begin(keyed("begun")).catch(() => ({}))));
    await begunBy(host, keyed("new"));
  } finally {
    await rm(data, { recursive: true });
  }
});
