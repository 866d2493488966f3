/** Callers without pause of a plugin that `open` gave, while two versions take turns in its place: nobody may fail. */
import { setImmediate } from "node:timers/promises";
import { open } from "../../../host/open.ts";
import { exampleWasm } from "../../../test/support/examples.ts";
import { memoryInUse } from "../support/collect.ts";
import { answers } from "./swaps.ts";

export interface ReplacedReport {
  readonly swaps: number;
  readonly calls: number;
  readonly failed: readonly string[];
  /** Answers that neither version gives. */
  readonly strange: readonly string[];
  /** MiB after a tenth of the swaps, and after all. */
  readonly before: { readonly used: number; readonly resident: number };
  readonly after: { readonly used: number; readonly resident: number };
}

export async function soakReplaced(swaps: number, callers = 32): Promise<ReplacedReport> {
  const versions = [exampleWasm("friendly-time-v1"), exampleWasm("friendly-time-v2")] as const;
  const grants = { clocks: { fixed: "2026-11-22T10:15:02Z" } };
  await using plugin = await open(versions[0], { grants });
  const symbol = plugin.lookup("get-friendly-time");
  const now = symbol.as<() => string>("func() -> string");
  const failed: string[] = [];
  const strange: string[] = [];
  let calls = 0;
  let running = true;
  const load = Array.from({ length: callers }, async () => {
    while (running) {
      try {
        for (const answer of [now(), await symbol.callJson()]) {
          calls++;
          if (!answers.some((known) => known === answer)) strange.push(String(answer));
        }
      } catch (thrown) {
        failed.push(String(thrown));
      }
      await setImmediate();
    }
  });
  let early = await memoryInUse();
  for (let swap = 1; swap <= swaps; swap++) {
    const before = calls;
    await plugin.replace(versions[swap % 2]!);
    // Every version answers some calls before the next replaces it.
    while (calls < before + callers) await setImmediate();
    if (swap === Math.ceil(swaps / 10)) early = await memoryInUse();
  }
  const after = await memoryInUse();
  running = false;
  await Promise.all(load);
  return { swaps, calls, failed: failed.slice(0, 20), strange: strange.slice(0, 20), before: early, after };
}
