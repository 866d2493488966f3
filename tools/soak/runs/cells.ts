/** Cells without end, one after the other, and as many at once as a process holds. */
import { inspectComponent } from "../../../host/component/inspect.ts";
import { createDirectEngine } from "../../../host/engine/direct/direct-engine.ts";
import type { Cell } from "../../../host/engine/engine.ts";
import { exampleWasm } from "../../../test/support/examples.ts";
import { memoryInUse } from "../support/collect.ts";

export interface CellReport {
  readonly started: number;
  /** At ten points in time, while cells come and go. */
  readonly usedMiB: readonly number[];
  readonly residentMiB: readonly number[];
  /** How many cells were alive at once, and called. */
  readonly live: number;
  /** What refused one more; undefined if nothing did. */
  readonly bound: string | undefined;
  /** What the whole process took for each of them. */
  readonly residentKiBPerCell: number;
  /** What a cell started after they were let go answers. */
  readonly afterwards: unknown;
}

/** `live` is how many cells to hold at most. */
export async function soakCells(count: number, live = Number.POSITIVE_INFINITY): Promise<CellReport> {
  const compiled = await createDirectEngine().compile(inspectComponent(exampleWasm("greet")));
  const [usedMiB, residentMiB]: [number[], number[]] = [[], []];
  for (let part = 0; part < 10; part++) {
    for (let i = 0; i < count / 10; i++) {
      const cell = compiled.instantiate({});
      cell.function("greet")("Ada");
      cell.dispose();
    }
    const { used, resident } = await memoryInUse();
    usedMiB.push(used);
    residentMiB.push(resident);
  }

  const before = await memoryInUse();
  let cells: Cell[] = [];
  let bound: string | undefined;
  while (cells.length < live && bound === undefined) {
    try {
      const cell = compiled.instantiate({});
      cells.push(cell);
      cell.function("greet")("Ada");
    } catch (thrown) {
      bound = String(thrown);
    }
  }
  const held = cells.length;
  const resident = (await memoryInUse()).resident - before.resident;
  for (const cell of cells) cell.dispose();
  cells = [];
  await memoryInUse();
  return {
    started: count,
    usedMiB,
    residentMiB,
    live: held,
    bound,
    residentKiBPerCell: Math.round((resident * 1024) / held),
    afterwards: compiled.instantiate({}).function("greet")("Ada"),
  };
}
