/** A plugin that says what it was told in every way it has, whole and in parts, as its `env` and its callers want it. */
import { readFile } from "node:fs/promises";
import { packages } from "../../host/capabilities/interfaces.ts";
import { buildComponent, removeTemporaryFolders } from "../support/plugin-build.ts";

const world = `
package test:blabber@1.0.0;
world blabber {
  import wasi:logging/logging@0.1.0-draft;
  import wasi:cli/stdout@0.2.12;
  import wasi:io/streams@0.2.12;
  export hotcell:plugin/lifecycle@0.1.0;
  export hotcell:plugin/state@0.1.0;
  export version: func() -> string;
  /// Logs all that it was told.
  export log-it: func();
  /// Aborts after so many other characters.
  export abort-after: func(count: u32);
  /// Writes all that it was told to standard output, each after so many other characters, in so many writes.
  export print-after: func(count: u32, writes: u32);
  /// Its own answer.
  export tell: func() -> string;
  export refuse: func() -> result<string, string>;
}`;

/**
 * `env` members named like a function of the lifecycle make it end so: \`err\`, \`trap\`. Those named \`x-…\` it tells, and
 * where \`save\` is \`all\`, its successor too.
 */
const source = `
import { getStdout } from "wasi:cli/stdout@0.2.12";
import { Level, log } from "wasi:logging/logging@0.1.0-draft";
import { Result, Tuple2, Unit } from "wit-types";

const label = "label-00000000";
const env = new Map<string, string>();
let former = "";

function everything(): string {
  let text = "";
  const names = env.keys().sort();
  for (let i = 0; i < names.length; i++)
    if (names[i].startsWith("x-")) text += (text == "" ? "" : " | ") + env.get(names[i]);
  return text + former;
}
function outcome(what: string): Result<Unit, string> {
  const how = env.has(what) ? env.get(what) : "";
  const pad = env.has("pad") ? "-".repeat(I32.parseInt(env.get("pad"))) : "";
  if (how == "trap") throw new Error(pad + everything());
  return how == "err" ? Result.err<Unit, string>(pad + everything()) : Result.ok<Unit, string>();
}

export function init(config: Array<Tuple2<string, string>>): Result<Unit, string> {
  for (let i = 0; i < config.length; i++) env.set(config[i].f0, config[i].f1);
  return outcome("init");
}
export function health(): Result<Unit, string> { return outcome("health"); }
export function save(): Uint8Array {
  outcome("save");
  return Uint8Array.wrap(String.UTF8.encode(env.has("save") && env.get("save") == "all" ? " | " + everything() : ""));
}
export function restore(fromVersion: string, state: Uint8Array): Result<Unit, string> {
  former = String.UTF8.decode(state.buffer);
  return outcome("restore");
}

export function version(): string { return label; }
export function logIt(): void { log(Level.Info, everything(), "told: " + everything()); }
export function abortAfter(count: u32): void { throw new Error("-".repeat(count) + everything()); }
export function printAfter(count: u32, writes: u32): void {
  const text = String.UTF8.encode("-".repeat(count) + everything() + "+".repeat(100) + "\\n");
  const stream = getStdout();
  const size = (text.byteLength + writes - 1) / writes;
  for (let at = 0; at < text.byteLength; at += size)
    stream.blockingWriteAndFlush(Uint8Array.wrap(text.slice(at, min(at + size, text.byteLength)))).unwrap();
  stream.drop();
}
export function tell(): string { return everything(); }
export function refuse(): Result<string, string> { return Result.err<string, string>(everything()); }
`;

let built: Promise<Uint8Array> | undefined;

/** The version with this number. */
export async function blabber(number = 1): Promise<Uint8Array<ArrayBuffer>> {
  built ??= compile();
  const bytes = Buffer.from(await built);
  const place = bytes.indexOf(Buffer.from("label-00000000", "utf16le"));
  Buffer.from(`label-${`${number}`.padStart(8, "0")}`, "utf16le").copy(bytes, place);
  return new Uint8Array(bytes);
}

async function compile(): Promise<Uint8Array> {
  const wit = Object.entries(packages).map(
    ([name, text]) => [`wit/deps/${name.replace(":", "-")}/package.wit`, text] as const,
  );
  const component = await buildComponent({
    files: {
      ...Object.fromEntries(wit),
      "wit/deps/plugin/plugin.wit": await readFile(new URL("../../wit/plugin.wit", import.meta.url), "utf8"),
      "wit/world.wit": world,
      "assembly/index.ts": source,
    },
  });
  await removeTemporaryFolders();
  return component;
}
