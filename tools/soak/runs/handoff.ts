/** A counter under load while it is replaced again and again: no count may be lost, and none made twice. */
import { version } from "../../../test/guests/obedient.ts";
import { temporaryFolder } from "../support/folder.ts";
import { startServer } from "../support/server.ts";

export interface HandoffReport {
  readonly swaps: number;
  readonly calls: number;
  readonly failed: readonly string[];
  /** Counts that no caller was answered with. */
  readonly lost: readonly number[];
  /** Counts that more than one was answered with. */
  readonly doubled: readonly number[];
  /** For how long calls had to wait: the state's way from version to version, and the store's commit. */
  readonly heldMilliseconds: { readonly median: number; readonly longest: number };
}

export async function soakHandoff(swaps: number, callers = 16): Promise<HandoffReport> {
  await using data = await temporaryFolder();
  await using server = await startServer(data.path);
  const versions = [await version(1), await version(2)] as const;
  await server.host.registry.deploy("guest", versions[0]);
  const failed: string[] = [];
  const counts: number[] = [];
  const held: number[] = [];
  let running = true;
  const call = async () => {
    const answer = await fetch(`${server.url}/call/guest/add`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: "[1]",
    });
    const text = await answer.text();
    if (answer.status === 200) counts.push(Number(text));
    else failed.push(`${answer.status} ${text}`);
  };
  const load = Promise.all(
    Array.from({ length: callers }, async () => {
      while (running) await call();
    }),
  );
  for (let i = 1; i <= swaps; i++) {
    const before = counts.length;
    const { outcome, timings } = await server.host.registry.deploy("guest", versions[i % 2]!);
    if (outcome !== "swapped") failed.push(`swap ${i}: ${outcome}`);
    held.push(timings.handover! + timings.persist!);
    while (counts.length < before + callers && failed.length === 0) await call();
  }
  running = false;
  await load;

  const times = new Map<number, number>();
  for (const count of counts) times.set(count, (times.get(count) ?? 0) + 1);
  const expected = Array.from({ length: counts.length }, (_, i) => i + 1);
  held.sort((a, b) => a - b);
  return {
    swaps,
    calls: counts.length,
    failed,
    lost: expected.filter((count) => !times.has(count)),
    doubled: [...times].filter(([, n]) => n > 1).map(([count]) => count),
    heldMilliseconds: { median: held[held.length >>> 1]!, longest: held.at(-1)! },
  };
}
