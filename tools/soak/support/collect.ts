import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Collects garbage until what finalisers released is gone too. */
export async function collect(): Promise<void> {
  setFlagsFromString("--expose-gc");
  const gc = runInNewContext("gc") as (options: { type: "major"; execution: "async" }) => Promise<void>;
  for (let i = 0; i < 3; i++) await gc({ type: "major", execution: "async" });
}

/** Heap and array buffers in use after a collection, and the whole process, in MiB. */
export async function memoryInUse(): Promise<{ used: number; resident: number }> {
  await collect();
  const { heapUsed, external, rss } = process.memoryUsage();
  return { used: mib(heapUsed + external), resident: mib(rss) };
}

function mib(bytes: number): number {
  return Math.round((bytes / 2 ** 20) * 10) / 10;
}
