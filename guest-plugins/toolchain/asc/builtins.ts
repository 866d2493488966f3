/**
 * AssemblyScript's own `Date.now`, `Math.random`, `console.log` and their like. asc leaves them to functions of its
 * JavaScript bindings; here they become calls of the WASI interfaces that the world imports. What the world cannot give
 * stays an import that asc asks for, which `leftovers` explains.
 */

import { sameFunctionType } from "../../../host/wit/equal.ts";
import { parseFunctionType } from "../../../host/wit/text/expression.ts";
import { parseInterfaceId } from "../../../host/wit/wit-names.ts";
import type { BoundModule } from "../world/bindings.ts";

/** A WASI function that something in AssemblyScript's library needs. */
export interface LibraryNeed {
  /** Without version: any will do. */
  readonly interface: string;
  readonly function: string;
  /** The type it must have, names of parameters aside. */
  readonly type: string;
  /** The version to propose. */
  readonly version: string;
}

export const wallClock: LibraryNeed = {
  interface: "wasi:clocks/wall-clock",
  function: "now",
  type: "func() -> record { seconds: u64, nanoseconds: u32 }",
  version: "0.2.0",
};
export const monotonicClock: LibraryNeed = {
  interface: "wasi:clocks/monotonic-clock",
  function: "now",
  type: "func() -> u64",
  version: "0.2.0",
};
export const randomNumber: LibraryNeed = {
  interface: "wasi:random/random",
  function: "get-random-u64",
  type: "func() -> u64",
  version: "0.2.0",
};
export const randomBytes: LibraryNeed = {
  interface: "wasi:random/random",
  function: "get-random-bytes",
  type: "func(len: u64) -> list<u8>",
  version: "0.2.0",
};
export const logging: LibraryNeed = {
  interface: "wasi:logging/logging",
  function: "log",
  type: "func(level: enum { trace, debug, info, warn, error, critical }, context: string, message: string)",
  version: "0.1.0-draft",
};

export interface Builtins {
  /** The source of `hotcell-builtins`; nothing when the world gives nothing that it could use. */
  readonly text: string | undefined;
  /** Names that asc looks up globally → the functions that they are now, as `--use` would have it. */
  readonly aliases: ReadonlyMap<string, string>;
  /** asc's module `bindings/dom` with our namespaces in the place of its own. */
  bindDom(text: string): string;
}

export const builtinsModule = "hotcell-builtins";

/** The import of the interface where the world has it, with a function of that name and type or without. */
export function importOf(
  modules: readonly BoundModule[],
  need: LibraryNeed,
): { readonly specifier: string; readonly name?: string } | undefined {
  const module = findModule(modules, need.interface);
  if (!module) return undefined;
  const fn = module.functions.find(({ wit }) => wit === need.function);
  const fits = fn && sameFunctionType(fn.type, parseFunctionType(need.type));
  return { specifier: module.specifier, ...(fits && { name: fn.name }) };
}

export function bindBuiltins(modules: readonly BoundModule[]): Builtins {
  const imports: string[] = [];
  const has = (need: LibraryNeed, alias: string): boolean => {
    const found = importOf(modules, need);
    if (found?.name === undefined) return false;
    imports.push(`import { ${found.name} as ${alias} } from "${found.specifier}";`);
    return true;
  };
  const text: string[] = [];
  const namespaces: string[] = [];
  const aliases = new Map<string, string>();
  const addNamespace = (name: string, body: string) => {
    namespaces.push(name);
    text.push(`export namespace ${name} {${body}}`);
  };
  const addGlobal = (name: string, source: string) => {
    aliases.set(name, `~lib/${builtinsModule}/${name}`);
    text.push(source);
  };

  const monotonic = has(monotonicClock, "monotonicNow");
  if (has(wallClock, "wallNow")) addNamespace("Date", dateBody);
  if (monotonic) addNamespace("performance", performanceBody);
  if (has(randomNumber, "randomNumber")) addGlobal("seed", seedSource);
  if (has(randomBytes, "randomBytes")) addNamespace("crypto", cryptoBody);
  const output = has(logging, "hostLog") ? loggingSource : streamsSource(modules, imports);
  if (output !== undefined) {
    text.push(output);
    addNamespace("console", consoleBody + (monotonic ? timersBody : missingTimersBody));
    if (monotonic) text.push(timersSource);
    addGlobal("trace", traceSource);
  }
  return {
    text: text.length > 0 ? [...imports, ...text, ""].join("\n") : undefined,
    aliases,
    bindDom: (dom) =>
      namespaces.reduce(
        (bound, name) =>
          bound.replace(
            new RegExp(`^export (?:declare )?namespace ${name} \\{.*?^\\}`, "ms"),
            `export { ${name} } from "${builtinsModule}";`,
          ),
        dom,
      ),
  };
}

function findModule(modules: readonly BoundModule[], id: string): BoundModule | undefined {
  return modules.find(({ specifier }) => {
    const parsed = parseInterfaceId(specifier);
    return parsed && `${parsed.package}/${parsed.name}` === id;
  });
}

/** Standard output and error instead of a log, where the world imports one of them or both. */
function streamsSource(modules: readonly BoundModule[], imports: string[]): string | undefined {
  const streams = findModule(modules, "wasi:io/streams")?.types.flatMap((type) => type.members ?? []);
  const writes = streams?.some(({ wit }) => wit === "[method]output-stream.blocking-write-and-flush");
  const found = ["stdout", "stderr"].filter((name) => {
    const module = writes ? findModule(modules, `wasi:cli/${name}`) : undefined;
    const getter = module?.functions.find(({ wit }) => wit === `get-${name}`);
    if (getter) imports.push(`import { ${getter.name} as ${name} } from "${module!.specifier}";`);
    return getter !== undefined;
  });
  const [first, second] = found;
  if (first === undefined) return undefined;
  return `${levels}
function write(level: i32, message: string): void {
  const stream = ${second ? `level == DEBUG || level == INFO ? ${first}() : ${second}()` : `${first}()`};
  const bytes = String.UTF8.encode(message + "\\n");
  // The most that one such call may be given.
  const piece = 4096;
  for (let at = 0; at < bytes.byteLength; at += piece) {
    const part = Uint8Array.wrap(bytes, at, min(piece, bytes.byteLength - at));
    if (stream.blockingWriteAndFlush(part).isErr) break;
  }
  stream.drop();
}`;
}

const levels = `
const TRACE: i32 = 0;
const DEBUG: i32 = 1;
const INFO: i32 = 2;
const WARN: i32 = 3;
const ERROR: i32 = 4;
`;

const loggingSource = `${levels}
function write(level: i32, message: string): void {
  hostLog(level, "", message);
}`;

const dateBody = `
  export function now(): f64 {
    const time = wallNow();
    return <f64>(time.seconds * 1000 + <u64>(time.nanoseconds / 1000000));
  }
`;

const performanceBody = `
  export function now(): f64 { return <f64>monotonicNow() / 1e6; }
`;

const seedSource = `export function seed(): f64 { return reinterpret<f64>(randomNumber()); }`;

const cryptoBody = `
  export function getRandomValues(array: Uint8Array): void { array.set(randomBytes(array.length)); }
  export function getRandomValuesN(n: u32): Uint8Array { return randomBytes(n); }
`;

const consoleBody = `
  export function assert(condition: bool, message: string): void {
    if (!condition) write(ERROR, message.length ? "Assertion failed: " + message : "Assertion failed");
  }
  export function log(text: string): void { write(INFO, text); }
  export function debug(text: string): void { write(DEBUG, text); }
  export function info(text: string): void { write(INFO, text); }
  export function warn(text: string): void { write(WARN, text); }
  export function error(text: string): void { write(ERROR, text); }
`;

const timersBody = `
  export function time(label: string): void { timers.set(label, monotonicNow()); }
  export function timeLog(label: string): void { writeTime(label); }
  export function timeEnd(label: string): void { writeTime(label); timers.delete(label); }
`;

const timersSource = `
@lazy const timers = new Map<string, u64>();

function writeTime(label: string): void {
  if (!timers.has(label)) return write(WARN, "No such timer: " + label);
  write(INFO, label + ": " + (<f64>(monotonicNow() - timers.get(label)) / 1e6).toString() + " ms");
}`;

const missingTimersBody = ["time", "timeLog", "timeEnd"]
  .map(
    (name) => `
  @external("env", "console.${name}")
  export declare function ${name}(label: string): void;
`,
  )
  .join("");

const traceSource = `
export function trace(
  message: string, n: i32 = 0, a0: f64 = 0, a1: f64 = 0, a2: f64 = 0, a3: f64 = 0, a4: f64 = 0
): void {
  let text = message;
  if (n > 0) text += " " + a0.toString();
  if (n > 1) text += ", " + a1.toString();
  if (n > 2) text += ", " + a2.toString();
  if (n > 3) text += ", " + a3.toString();
  if (n > 4) text += ", " + a4.toString();
  write(TRACE, text);
}`;
