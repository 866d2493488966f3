/**
 * A process whose callers write to a key-value store until it is killed: `kv-writer.ts FILE`. Each tells its parent what
 * was acknowledged, and goes on when that has been told.
 */
import { SqliteKeyValue } from "../../../host/backends/key-value/sqlite/sqlite-key-value.ts";
import { callers, type Told } from "../runs/kv.ts";

const [file = ""] = process.argv.slice(2);
const store = new SqliteKeyValue({ file });
const quota = { bytes: 1e9, keys: 1e6 };

const tell = (told: Told) => new Promise((resolve) => process.send!(told, resolve));

async function call(caller: number): Promise<never> {
  const own = { plugin: "soak", bucket: `b${caller % 4}` };
  const shared = { plugin: "soak", bucket: "shared" };
  const [last] = (await store.get(own, [`set ${caller}`], 1_000))!;
  for (let n = Number(last ? Buffer.from(last.value).toString() : "0") + 1; ; n++) {
    const value = Buffer.from(`${n}`);
    // Two keys in one change, which are never apart.
    const entries = [
      [`set ${caller}`, value],
      [`twin ${caller}`, value],
    ] as const;
    await store.change(own, { kind: "put", entries }, quota);
    await tell({ caller, set: n });
    const add = { kind: "add", key: "sum", delta: 1n, least: 0n, most: 2n ** 63n - 1n } as const;
    const added = await store.change(shared, add, quota);
    await tell({ caller, sum: Number("done" in added ? added.sum : -1) });
    const version = await store.version(own, `swap ${caller}`);
    const swap = { kind: "put", entries: [[`swap ${caller}`, value]], expected: version } as const;
    const swapped = await store.change(own, swap, quota);
    if ("done" in swapped) await tell({ caller, swapped: n });
    if (n % 7 === 0) await store.change(own, { kind: "delete", keys: [`swap ${caller}`] }, quota);
  }
}

for (let caller = 0; caller < callers; caller++) void call(caller);
