/** A plugin that takes part in its deployment as it is told to, in as many versions as a test needs. */
import { readFile } from "node:fs/promises";
import { loadWasmTools } from "../../guest-plugins/toolchain/wasm-tools.ts";
import { buildComponent, removeTemporaryFolders } from "../support/plugin-build.ts";

const world = `
package test:guest@1.0.0;
world guest {
  export hotcell:plugin/lifecycle@0.1.0;
  export hotcell:plugin/state@0.1.0;
  /// The version's label, and what \`env\` has under \`text\`.
  export describe: func() -> string;
  export add: func(by: u32) -> u64;
  /// Of the versions that handed over, the last.
  export heir-of: func() -> string;
  export crash: func();
}`;

const source = `
import { Result, Tuple2, Unit } from "wit-types";

const label = "label-00000000";
const env = new Map<string, string>();
let inits = 0;
let total: u64 = 0;
let from = "";

function told(what: string): string { return env.has(what) ? env.get(what) : ""; }
function outcome(what: string): Result<Unit, string> {
  if (told(what) == "trap") unreachable();
  return told(what) == "err" ? Result.err<Unit, string>(what + " was told to fail") : Result.ok<Unit, string>();
}

export function init(config: Array<Tuple2<string, string>>): Result<Unit, string> {
  inits++;
  for (let i = 0; i < config.length; i++) env.set(config[i].f0, config[i].f1);
  return outcome("init");
}
export function health(): Result<Unit, string> { return outcome("health"); }
export function save(): Uint8Array {
  outcome("save");
  return Uint8Array.wrap(String.UTF8.encode(total.toString()));
}
export function restore(fromVersion: string, state: Uint8Array): Result<Unit, string> {
  const refused = outcome("restore");
  if (refused.isErr) return refused;
  from = fromVersion;
  total = U64.parseInt(String.UTF8.decode(state.buffer));
  return refused;
}
export function describe(): string { return label + " " + told("text") + " " + inits.toString(); }
export function add(by: u32): u64 { total += by; return total; }
export function heirOf(): string { return from; }
export function crash(): void { unreachable(); }
`;

let built: Promise<Uint8Array> | undefined;

/** The version with this number: `describe` gives its label, the `text` of its `env`, and how often its cell was told. */
export async function version(number: number): Promise<Uint8Array<ArrayBuffer>> {
  built ??= compile();
  const bytes = Buffer.from(await built);
  const place = bytes.indexOf(Buffer.from("label-00000000", "utf16le"));
  Buffer.from(labelOf(number), "utf16le").copy(bytes, place);
  return new Uint8Array(bytes);
}

export function labelOf(number: number): string {
  return `label-${`${number}`.padStart(8, "0")}`;
}

async function compile(): Promise<Uint8Array> {
  const plugin = await readFile(new URL("../../wit/plugin.wit", import.meta.url), "utf8");
  const files = {
    "wit/world.wit": world,
    "wit/deps/plugin/plugin.wit": plugin,
    "assembly/index.ts": source,
  };
  const component = await buildComponent({ files, options: ["-O3", "--runtime", "incremental"] });
  await removeTemporaryFolders();
  return component;
}

/** A component of a few bytes with one function in one interface; the function gives 1. */
export async function single(owner: string, name: string, type = "(result u32)"): Promise<Uint8Array> {
  const { parse } = await loadWasmTools();
  return parse(`(component
    (core module $m (func (export "f") (result i32) (i32.const 1)))
    (core instance $i (instantiate $m))
    (func $f ${type} (canon lift (core func $i "f")))
    (instance $owner (export "${name}" (func $f)))
    (export "${owner}" (instance $owner)))`);
}
