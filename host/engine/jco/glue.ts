/** Turns the ES module jco emits into a function, so that it can be garbage-collected. */
import { compileFunction } from "node:vm";
import { HotcellError } from "../../errors.ts";
import { type Lifting, meteredViews } from "./lifting.ts";

/**
 * jco's `instantiate` in sync mode. What it returns may hold a guest function named `then`: never resolve a
 * promise with it.
 */
type Instantiate = (
  getCoreModule: (path: string) => WebAssembly.Module,
  imports: Readonly<Record<string, unknown>>,
  instantiateCore: (module: WebAssembly.Module, imports?: WebAssembly.Imports) => CoreInstance,
) => unknown;

/** Parts of an instance of a core module that the glue wants. */
export interface CoreInstance {
  readonly exports: Readonly<Record<string, unknown>>;
}

export interface Glue {
  readonly instantiate: Instantiate;
  /** Meter that pays for what the glue reads of guest memory. To be set before the glue runs, and put back after. */
  readonly lifting: Lifting;
}

const head = '"use components";\nexport function instantiate(';
const tail = "\nexport const _util = {";

// All that the glue needs of it. The real one would have it read `process.env` several times a call: a system call
// each, and three quarters of the time of a small call.
const globalObject = Object.freeze(Object.assign(Object.create(null), { WebAssembly }));
// In a callback of the real one it would run guest destructors, outside of any call: unpaid, and a trap there would end
// the process. So whoever lets go of a guest's resource without disposing of it leaves it to the cell's end.
class Unregistered {
  register(): void {}
  unregister(): void {}
}
const silent = Object.freeze({ debug() {}, error() {} });

/**
 * Evaluates the glue of one component. An imported ES module stays for the life of the process, whatever it is
 * imported from; a function that nobody holds any more goes. Call it only with text from modules and a world whose
 * names passed the gate. Throws `unsupported-feature` for text that is no valid JavaScript or has another form.
 */
export function evaluateGlue(text: string): Glue {
  const end = text.lastIndexOf(tail);
  if (!text.startsWith(head) || end < 0)
    throw new HotcellError("fault", "This version of jco emits code of an unknown form.", {
      expected: "@bytecodealliance/jco-transpile 0.15",
      remedy: "npm install @bytecodealliance/jco-transpile@0.15",
    });
  const body = `"use strict";\nreturn function instantiate(${text.slice(head.length, end)}`;
  const lifting: Lifting = { meter: undefined };
  const given = new Map<string, unknown>([
    ["globalThis", globalObject],
    ["console", silent],
    ["FinalizationRegistry", Unregistered],
    ...meteredViews(lifting),
  ]);
  try {
    const evaluate = compileFunction(body, [...given.keys()], { filename: "hotcell:jco-glue" });
    return { instantiate: evaluate(...given.values()), lifting };
  } catch (cause) {
    throw new HotcellError(
      "unsupported-feature",
      "jco emits invalid code for this component: one of its names has a meaning in JavaScript.",
      {
        remedy: "Rename exports such as arguments or prototype, or run the plugin on another engine.",
        cause,
      },
    );
  }
}
