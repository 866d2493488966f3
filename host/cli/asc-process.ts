/**
 * The process in which asc runs: `asc-process.ts ASC_MODULE`, then one job a message. Kept between jobs, because a
 * compiler that is warm takes a quarter of the time of one that starts.
 */

import { mkdir, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import type { Program } from "assemblyscript";
import type { APIOptions, APIResult } from "assemblyscript/asc";
import { type BindingModule, writeBindings } from "./bindings.ts";

export interface Job {
  /** What asc's command line would be. */
  readonly args: readonly string[];
  /** The folder to write the editor's bindings to. */
  readonly bindings: string;
}

export interface Answer {
  /** Whether asc succeeded. Its diagnostics went to standard error. */
  readonly built: boolean;
  /** Milliseconds in which the core module was made a component. */
  readonly componentize: number;
  /** Bytes of memory that this process holds now. */
  readonly memory: number;
}

type BinaryenModule = import("assemblyscript/binaryen").default.Module;

interface Asc {
  readonly libraryFiles: Readonly<Record<string, string>>;
  main(args: string[], options: APIOptions): Promise<APIResult>;
}

const asc = (await import(process.argv[2]!)) as Asc;

process.on("message", async (job: Job) => {
  process.send?.(await build(job));
});

async function build({ args, bindings }: Job): Promise<Answer> {
  let program: Program | undefined;
  let emitted = 0;
  let componentize = 0;

  // Comes before the transforms of the plugin's own configuration, so what it wraps is what they wrap again.
  class Observer {
    declare readonly program: Program;
    constructor() {
      program = this.program;
    }
    afterCompile(module: BinaryenModule): void {
      const emit = module.emitBinary.bind(module) as (url?: string | null) => Uint8Array;
      const observed = (url?: string | null) => {
        const binary = emit(url);
        emitted = performance.now();
        return binary;
      };
      module.emitBinary = observed as typeof module.emitBinary;
    }
  }

  const built = await succeeds(
    asc.main([...args], {
      stdout: process.stdout,
      stderr: process.stderr,
      transforms: [Observer] as unknown as NonNullable<APIOptions["transforms"]>,
      async writeFile(name, contents, baseDir) {
        if (name.endsWith(".wasm")) componentize = performance.now() - emitted;
        const folder = resolve(baseDir, dirname(name));
        await mkdir(folder, { recursive: true });
        await writeFile(join(folder, basename(name)), contents);
      },
    }),
  );
  if (program) {
    await writeBindings(bindings, bindingModules(program)).catch((error: Error) => {
      // The component is none the worse for it.
      console.error(`The bindings for editors can't be written: ${error.message}`);
    });
  }
  return { built, componentize, memory: process.memoryUsage.rss() };
}

async function succeeds(run: Promise<APIResult>): Promise<boolean> {
  try {
    return (await run).error === null;
  } catch (error) {
    // A configuration that is not JSON, or extends what is not there.
    console.error(error instanceof Error ? error.message : error);
    return false;
  }
}

/** The modules that the transform offered for import: in the compiler's library folder, but not of its library. */
function bindingModules(program: Program): BindingModule[] {
  return program.parser.sources.flatMap(({ normalizedPath, text }) => {
    const specifier = /^~lib\/(.+)\.ts$/.exec(normalizedPath)?.[1];
    if (specifier === undefined || Object.hasOwn(asc.libraryFiles, specifier)) return [];
    if (specifier === "wit-glue" || !/^wit-|:/.test(specifier)) return [];
    return [{ specifier, text }];
  });
}
