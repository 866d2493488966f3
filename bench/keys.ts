/** What an `Idempotency-Key` costs a call: its claim, and what is kept of its answer, by what hosts keep that in. */
import { nodesFolder } from "../host/nodes/folder-nodes.ts";
import { HostCalls } from "../host/nodes/host-calls.ts";
import { RegisterLeases } from "../host/nodes/register-leases.ts";
import { SqliteCalls } from "../host/nodes/sqlite-calls.ts";
import { joinSqliteLeases } from "../host/nodes/sqlite-leases.ts";
import { HeapAccount } from "../host/platform/heap-account.ts";
import type { KeyedCalls } from "../host/store/keyed-calls.ts";
import { MemoryCalls } from "../host/store/memory/memory-calls.ts";
import { openNatsStore } from "../host/store/nats/nats-store.ts";
import { natsCluster, natsServer } from "../test/system/nats/nats-server.ts";
import { temporaryFolder } from "../tools/soak/support/folder.ts";
import { quantiles } from "./support/measure.ts";
import type { Table } from "./support/table.ts";

const calls = 900;
const facts = { machine: "here", pid: process.pid, version: "0.0.0", since: new Date(0).toISOString() };
const answer = { status: 200, headers: { "content-type": "application/json" }, body: '"Hello, Ada!"' };

export async function run(): Promise<Table[]> {
  await using opened = new AsyncDisposableStack();
  const memory = new MemoryCalls(new HeapAccount());

  const { path } = opened.use(await temporaryFolder());
  const locks = opened.use(joinSqliteLeases(path, facts));
  const folder = new HostCalls(opened.use(new SqliteCalls(nodesFolder(path), locks.self.id)), locks);

  const onNats = async (ports: readonly number[], replicas: number) => {
    const url = `nats://${ports.map((port) => `127.0.0.1:${port}`)}/keys`;
    const store = opened.use(await openNatsStore({ url, replicas }));
    return new HostCalls(store.calls, opened.use(await RegisterLeases.join(store.registers, facts)));
  };
  const alone = await onNats([opened.use(await natsServer()).port], 1);
  const servers = await natsCluster();
  for (const server of servers) opened.use(server);
  const cluster = await onNats(
    servers.map(({ port }) => port),
    3,
  );

  const keepers: readonly (readonly [string, KeyedCalls])[] = [
    ["in memory", memory],
    ["in a folder", folder],
    ["on NATS, one copy", alone],
    ["on NATS, three copies", cluster],
  ];
  const rows: Table["rows"][number][] = [];
  for (const [name, keyed] of keepers)
    for (const callers of [1, 16]) {
      await begun(keyed, "warm up", callers);
      const times = await begun(keyed, `${callers}`, callers);
      rows.push({ name: `${name}, ${callers} at a time`, nanoseconds: quantiles(times) });
    }
  return [{ title: "Claim of a key, and its answer kept", subject: "median", rows }];
}

/** Nanoseconds of each call, many at a time. */
async function begun(keyed: KeyedCalls, name: string, callers: number): Promise<number[]> {
  const times: number[] = [];
  let next = 0;
  const caller = async () => {
    while (next < calls) {
      const key = `${next++}`;
      const began = performance.now();
      const begun = await keyed.begin({ caller: `${name} ${callers}`, network: "", key, print: "p" });
      if ("settle" in begun) await begun.settle(answer);
      times.push((performance.now() - began) * 1e6);
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  return times;
}
