/** What stays in memory after many swaps of two versions. */
import { createHost } from "../../../host/host.ts";
import { exampleWasm } from "../../../test/support/examples.ts";
import { memoryInUse } from "../support/collect.ts";

export interface MemoryReport {
  readonly swaps: number;
  /** Heap and array buffers in use after a collection, MiB, at ten points in time. */
  readonly usedMiB: readonly number[];
  /** The same for the whole process. */
  readonly residentMiB: readonly number[];
}

export async function soakMemory(swaps: number): Promise<MemoryReport> {
  await using host = await createHost({ log: () => {} });
  const versions = [exampleWasm("friendly-time-v1"), exampleWasm("friendly-time-v2")] as const;
  const usedMiB: number[] = [];
  const residentMiB: number[] = [];
  const settings = { grants: { clocks: true } };
  for (let i = 0; i < swaps; i++) {
    await host.registry.deploy("friendly-time", versions[i % 2]!, { settings });
    await (await host.registry.callable("friendly-time", "get-friendly-time")).call([]);
    if ((i + 1) % Math.floor(swaps / 10) === 0) {
      const { used, resident } = await memoryInUse();
      usedMiB.push(used);
      residentMiB.push(resident);
    }
  }
  return { swaps, usedMiB, residentMiB };
}
