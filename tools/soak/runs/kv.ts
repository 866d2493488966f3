/**
 * `kill -9` of a process at random moments, while 16 callers write to its key-value store: whatever was acknowledged is
 * there, changes of several keys are whole, and counters are exact.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { SqliteKeyValue } from "../../../host/backends/key-value/sqlite/sqlite-key-value.ts";
import { temporaryFolder } from "../support/folder.ts";
import { generator } from "../support/random.ts";

export const callers = 16;

/** Acknowledgement that a caller tells of. */
export type Told = { readonly caller: number } & (
  | { readonly set: number }
  | { readonly sum: number }
  | { readonly swapped: number }
);

export interface KeyValueReport {
  readonly kills: number;
  readonly acknowledged: number;
  /** Sum that was counted up to. */
  readonly counted: number;
  readonly wrong: readonly string[];
}

export async function soakKeyValue(kills: number, seed = 1): Promise<KeyValueReport> {
  await using data = await temporaryFolder();
  const file = join(data.path, "key-value.db");
  const random = generator(seed);
  const wrong: string[] = [];
  const sets = new Array<number>(callers).fill(0);
  const sums = new Set<number>();
  let acknowledged = 0;
  let counted = 0;

  const hear = (told: Told) => {
    acknowledged++;
    if ("set" in told) sets[told.caller] = told.set;
    if (!("sum" in told)) return;
    if (told.sum <= counted || sums.has(told.sum)) wrong.push(`the sum ${told.sum} was given twice`);
    sums.add(told.sum);
  };

  for (let round = 1; round <= kills; round++) {
    sums.clear();
    const writer = fork(join(import.meta.dirname, "../support/kv-writer.ts"), [file]);
    writer.on("message", hear);
    await once(writer, "message");
    await new Promise((resolve) => setTimeout(resolve, random(150)));
    const closed = once(writer, "close");
    writer.kill("SIGKILL");
    await closed;

    const store = new SqliteKeyValue({ file });
    const text = async (bucket: string, key: string) => {
      const [found] = (await store.get({ plugin: "soak", bucket }, [key], 1_000))!;
      return found ? Buffer.from(found.value).toString() : "0";
    };
    for (const [caller, acked] of sets.entries()) {
      const [set, twin] = [
        await text(`b${caller % 4}`, `set ${caller}`),
        await text(`b${caller % 4}`, `twin ${caller}`),
      ];
      // One more may have been made, whose acknowledgement was never told.
      const most = acked + 1;
      if (Number(set) < acked || Number(set) > most)
        wrong.push(`kill ${round}: caller ${caller} has ${set} after ${acked}`);
      if (set !== twin) wrong.push(`kill ${round}: caller ${caller} has ${set} beside ${twin}`);
      sets[caller] = Number(set);
    }
    const sum = Number(await text("shared", "sum"));
    const untold = sum - counted - sums.size;
    if (untold < 0 || untold > callers || Math.max(0, ...sums) > sum)
      wrong.push(`kill ${round}: the sum is ${sum} after ${counted} and ${sums.size} acknowledged`);
    counted = sum;
    await store.close();
  }
  return { kills, acknowledged, counted, wrong };
}
