/** What several hosts cost: how soon one follows another, and a call of a cell that another has. */
import { createHost, type Host } from "../host/host.ts";
import { createMemoryStore } from "../host/store/memory/memory-store.ts";
import { openSqliteStore } from "../host/store/sqlite/sqlite-store.ts";
import type { Store } from "../host/store/store.ts";
import { labelOf, version } from "../test/guests/obedient.ts";
import { temporaryFolder } from "../tools/soak/support/folder.ts";
import { quantiles } from "./support/measure.ts";
import type { Table } from "./support/table.ts";

const deployments = 60;
const calls = 3_000;
const log = () => {};

export async function run(): Promise<Table[]> {
  const rows = [
    await followed("one store in memory", inMemory),
    await followed("two connections to one file", inFile),
  ];
  return [
    { title: "From a commit to the first call that another host answers by it", subject: "median", rows },
    await farCalls(),
  ];
}

async function followed(
  name: string,
  open: (opened: AsyncDisposableStack) => Promise<[Store, Store]>,
): Promise<Table["rows"][number]> {
  await using opened = new AsyncDisposableStack();
  const stores = await open(opened);
  const [one, other] = (await Promise.all(stores.map((store) => createHost({ store, log })))) as [Host, Host];
  opened.use(one);
  opened.use(other);
  const times: number[] = [];
  for (let i = 1; i <= deployments; i++) {
    await one.registry.deploy("guest", await version(i));
    const began = performance.now();
    const expected = `${labelOf(i)}  1`;
    while ((await described(other)) !== expected) await new Promise((resolve) => setTimeout(resolve, 1));
    times.push((performance.now() - began) * 1e6);
  }
  return { name, nanoseconds: quantiles(times) };
}

const described = (host: Host) => host.registry.callJson("guest", "describe").catch(() => undefined);

async function inMemory(opened: AsyncDisposableStack): Promise<[Store, Store]> {
  const store = opened.use(createMemoryStore());
  return [store, store];
}

async function inFile(opened: AsyncDisposableStack): Promise<[Store, Store]> {
  const { path: folder } = opened.use(await temporaryFolder());
  return [opened.use(await openSqliteStore({ folder })), opened.use(await openSqliteStore({ folder }))];
}

/** A call of the one cell of a shared plugin, at the host that has it and at the other, one after the other and many at a time. */
async function farCalls(): Promise<Table> {
  await using data = await temporaryFolder();
  await using one = await createHost({ data: data.path, shareData: true, log });
  await using other = await createHost({ data: data.path, shareData: true, log });
  await one.registry.deploy("guest", await version(1));
  while (other.registry.revision("guest") !== 1) await new Promise((resolve) => setTimeout(resolve, 10));
  const measure = async (host: Host, callers: number) => {
    const times: number[] = [];
    const caller = async () => {
      for (let i = 0; i < calls / callers; i++) {
        const began = performance.now();
        await host.registry.callJson("guest", "add", [1]);
        times.push((performance.now() - began) * 1e6);
      }
    };
    await Promise.all(Array.from({ length: callers }, caller));
    return quantiles(times);
  };
  const rows: Table["rows"][number][] = [];
  for (const callers of [1, 32])
    for (const [name, host] of [
      ["here", one],
      ["with another host", other],
    ] as const) {
      await measure(host, callers);
      rows.push({
        name: `the cell is ${name}, ${callers} at a time`,
        nanoseconds: await measure(host, callers),
      });
    }
  return { title: "Call of a shared plugin's one cell", subject: "median", rows };
}
