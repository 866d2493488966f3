import type { Program } from "assemblyscript";
import { type Binaryen, type BinaryenModule, type Emitted, emitter } from "./emitted.ts";
import { Convergence, stripMetadata } from "./slim.ts";
import { placeInComponent } from "./source-map.ts";

/**
 * Components in place of core modules, where asc has the module write itself out. `withLines` adds the
 * table of the author's lines to a core module, `componentNew` makes a component of it, to which `describe` adds what it says of itself.
 */
export function emitComponents(
  program: Program,
  binaryen: Binaryen,
  module: BinaryenModule,
  withLines: ((emitted: Emitted) => Uint8Array) | undefined,
  componentNew: (core: Uint8Array) => Uint8Array,
  describe: (component: Uint8Array, isStripped: boolean) => Uint8Array,
): void {
  const emit = emitter(binaryen, module, module.emitBinary.bind(module) as Parameters<typeof emitter>[2]);
  const convergence = new Convergence();
  const emitComponent = (url?: string | null) => {
    const emitted = emit(url);
    // Without an argument it is asc measuring between passes of --converge.
    if (url === undefined) return convergence.measured(emitted).binary;
    const best = url ? emitted : convergence.best(emitted);
    let complete: Uint8Array;
    try {
      complete = componentNew(withLines ? withLines(best) : best.binary);
    } catch (error) {
      return new Unencodable(error);
    }
    const { debugInfo } = program.options;
    const binary = describe(debugInfo ? complete : stripMetadata(complete), !debugInfo);
    return { binary, sourceMap: url ? placeInComponent(best.sourceMap, binary) : "" };
  };
  module.emitBinary = emitComponent as typeof module.emitBinary;
}

/**
 * Output that is none. asc calls whatever is thrown while it emits a crash of its own, and ends the process; what is
 * thrown when it takes the output is what its caller gets.
 */
class Unencodable {
  readonly #error: Error;

  constructor(cause: unknown) {
    const [, ...causes] = (cause instanceof Error ? cause.message : String(cause)).split(/\n\s*\d+: /);
    const why = (causes.length > 0 ? causes : [String(cause)]).join(": ").trim();
    this.#error = new Error(
      `asc's module can't be made a component: ${why}.\n  Build without options that change the module late or enable features (--runPasses, --enable), and without\n  other transforms, to see which it is.`,
    );
    // A bare one: Node prints all of what asc's command does not catch.
    this.#error.stack = this.#error.message;
  }

  get binary(): never {
    throw this.#error;
  }
}
