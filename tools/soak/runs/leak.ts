/** Calls without end of every type shape: a plugin's memory may not grow. */
import fc from "fast-check";
import { inspectComponent } from "../../../host/component/inspect.ts";
import { createDirectEngine } from "../../../host/engine/direct/direct-engine.ts";
import { buildComponent, removeTemporaryFolders } from "../../../test/support/plugin-build.ts";
import { typeCases } from "../../../test/toolchain/glue/author-types.ts";
import {
  functionsOf,
  guestInterface,
  hostInterface,
  shapesFiles,
  shapesImports,
} from "../../../test/toolchain/glue/shapes.ts";

export interface LeakReport {
  /** Of each shape and by each runtime: half of them echoes, half relayed to the host. */
  readonly calls: number;
  readonly shapes: number;
  /** What needed more memory after its calls than after the first tenth of them. */
  readonly grown: readonly ShapeMemory[];
  /** The most that any needed, in pages of 64 KiB. */
  readonly maxPages: number;
}

export interface ShapeMemory {
  readonly runtime: string;
  readonly type: string;
  /** Pages after a tenth of the calls, and after all. */
  readonly before: number;
  readonly after: number;
}

/** The runtimes that free; `stub` never does (see the toolchain's README). */
const runtimes = ["incremental", "minimal"];

export async function soakLeak(calls: number): Promise<LeakReport> {
  const all = await Array.fromAsync(memoryOfShapes(calls));
  return {
    calls,
    shapes: typeCases.length,
    grown: all.filter(({ before, after }) => after > before),
    maxPages: Math.max(...all.map(({ after }) => after)),
  };
}

/** Each shape with each runtime, in a plugin of its own cell. */
export async function* memoryOfShapes(calls: number): AsyncGenerator<ShapeMemory> {
  for (const runtime of runtimes) {
    const component = await buildComponent({ files: shapesFiles, options: ["-O3", "--runtime", runtime] });
    const compiled = await createDirectEngine().compile(inspectComponent(component));
    for (const type of typeCases) {
      const cell = compiled.instantiate({ [hostInterface]: shapesImports });
      const pages = cell.function("pages") as () => number;
      const { echo, relay } = functionsOf(type);
      const echoing = cell.function(`${guestInterface}#${echo}`);
      const relaying = cell.function(`${guestInterface}#${relay}`);
      const values = fc.sample(type.values, { numRuns: 50, seed: 1 });
      const call = (count: number) => {
        for (let i = 0; i < count / 2; i++) {
          const value = values[i % values.length];
          echoing(value);
          relaying("relayed", value);
        }
      };
      call(calls / 10);
      const before = pages();
      call(calls - calls / 10);
      yield { runtime, type: type.wit, before, after: pages() };
      cell.dispose();
    }
  }
  await removeTemporaryFolders();
}
