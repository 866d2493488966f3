/** Calls without end in one cell: what each returns is right, and memory stays flat. */
import { inspectComponent } from "../../../host/component/inspect.ts";
import { createDirectEngine } from "../../../host/engine/direct/direct-engine.ts";
import type { HostImports } from "../../../host/engine/engine.ts";
import { exampleWasm } from "../../../test/support/examples.ts";
import { memoryInUse } from "../support/collect.ts";

export interface CallReport {
  readonly calls: number;
  readonly wrong: number;
  readonly nanosecondsPerCall: number;
  /** At ten points in time. */
  readonly usedMiB: readonly number[];
  readonly residentMiB: readonly number[];
}

/** A plugin called with a string, and one that calls the host: as many times each. */
export async function soakCalls(calls: number): Promise<CallReport> {
  const engine = createDirectEngine();
  const start = async (example: string, imports: HostImports) => {
    const compiled = await engine.compile(inspectComponent(exampleWasm(example)));
    return compiled.instantiate(imports);
  };
  const now = { seconds: 1_795_342_502n, nanoseconds: 0 };
  const greet = (await start("greet", {})).function("greet");
  const time = (
    await start("friendly-time-v1", { "wasi:clocks/wall-clock@0.2.0": { now: () => now } })
  ).function("get-friendly-time");
  const expected = time();
  const [usedMiB, residentMiB]: [number[], number[]] = [[], []];
  let wrong = 0;
  let spent = 0;
  for (let part = 0; part < 10; part++) {
    const began = performance.now();
    for (let i = 0; i < calls / 20; i++) {
      const name = `caller ${i}`;
      if (greet(name) !== `Hello, ${name}!`) wrong++;
      if (time() !== expected) wrong++;
    }
    spent += performance.now() - began;
    const { used, resident } = await memoryInUse();
    usedMiB.push(used);
    residentMiB.push(resident);
  }
  return { calls, wrong, nanosecondsPerCall: Math.round((spent * 1e6) / calls), usedMiB, residentMiB };
}
