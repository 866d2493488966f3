/** Turns the ES module jco emits into a function, so that it can be garbage-collected. */
import { compileFunction } from "node:vm";
import { HotcellError } from "../../errors.ts";

/**
 * jco's `instantiate` in sync mode. What it returns may hold a guest function named `then`: never resolve a
 * promise with it.
 */
export type Instantiate = (
  getCoreModule: (path: string) => WebAssembly.Module,
  imports: Readonly<Record<string, unknown>>,
) => unknown;

const head = '"use components";\nexport function instantiate(';
const tail = "\nexport const _util = {";

// All that the glue needs of it. The real one would have it read `process.env` several times a call: a system call
// each, and three quarters of the time of a small call.
const globalObject = Object.freeze(Object.assign(Object.create(null), { WebAssembly }));
const silent = Object.freeze({ debug() {}, error() {} });

/**
 * Evaluates the glue of one component. An imported ES module stays for the life of the process, whatever it is
 * imported from; a function that nobody holds any more goes. Call it only with text from modules and a world whose
 * names passed the gate. Throws `unsupported-feature` for text that is no valid JavaScript or has another form.
 */
export function evaluateGlue(text: string): Instantiate {
  const end = text.lastIndexOf(tail);
  if (!text.startsWith(head) || end < 0)
    throw new HotcellError("fault", "This version of jco emits code of an unknown form.", {
      expected: "@bytecodealliance/jco-transpile 0.15",
      remedy: "npm install @bytecodealliance/jco-transpile@0.15",
    });
  const body = `"use strict";\nreturn function instantiate(${text.slice(head.length, end)}`;
  try {
    return compileFunction(body, ["globalThis", "console"], { filename: "hotcell:jco-glue" })(
      globalObject,
      silent,
    );
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
