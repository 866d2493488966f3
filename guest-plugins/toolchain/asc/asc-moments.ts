/**
 * Moments of an asc run that it tells no transform of. They come after whatever all other transforms do at the hooks
 * that asc has, in whichever order the author names them.
 */
import type { Program } from "assemblyscript";

/** The moment when every source is parsed and every transform has changed what it wanted to: before names are given a meaning. */
export function beforeInitialize(program: Program, then: () => void): void {
  const initialize = program.initialize.bind(program);
  program.initialize = () => {
    // The compiler calls it a second time.
    program.initialize = initialize;
    then();
    initialize();
  };
}

/** Moments around each time that asc prints what was reported so far: after parsing, compiling, and `afterCompile`. */
export function aroundReports(program: Program, before: () => void, after: () => void): void {
  const { diagnostics } = program;
  let offset = program.diagnosticsOffset;
  let isPrinting = false;
  Object.defineProperty(program, "diagnosticsOffset", {
    get() {
      if (!isPrinting) {
        isPrinting = true;
        before();
      }
      // asc asks once more than there are messages.
      if (offset >= diagnostics.length) {
        isPrinting = false;
        after();
      }
      return offset;
    },
    set(value: number) {
      offset = value;
    },
  });
}

/** Claims the program for one transform: true only for the first that asks, whatever module or copy it is from. */
export function claim(program: Program): boolean {
  const mark = Symbol.for("hotcell.asc");
  if (mark in program) return false;
  Object.defineProperty(program, mark, { value: true });
  return true;
}
