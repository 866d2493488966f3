import { isHandler } from "../../capabilities/http/incoming-handler.ts";
import { inspectComponent } from "../../component/inspect.ts";
import type { ComponentMetadata } from "../../component/metadata.ts";
import { howMany } from "../../text/how-many.ts";
import { exportedFunctions } from "../../wit/exports.ts";
import { takesJson } from "../../wit/json/json-function.ts";
import type { FunctionType, World } from "../../wit/model.ts";
import { briefFunctionType } from "../../wit/text/brief.ts";
import { printWorld } from "../../wit/text/print.ts";
import { needsOf, printNeeds } from "../build/needs.ts";
import { readBytes } from "../build/plugin-folder.ts";
import { parseLine, positionals, UsageError } from "../command-line.ts";
import { print, printJson } from "../terminal.ts";
import type { Verb } from "./verb.ts";

const options = { json: { type: "boolean" } } as const;

export const inspect: Verb = {
  help: `Usage: hotcell inspect FILE.wasm [options]

Shows the component's size and digest, what it says of itself (name, version, authors, licences, tools), the core modules in
it, what it needs from the host and by which grant, the functions it exports, and its world as WIT with its docs. Ends with 1 when the file is no component that could be deployed.

  --json   the same for programs

Example: hotcell inspect build/greet.wasm`,
  options,
  arguments: ["file"],

  async run(args) {
    const { values, positionals: given } = parseLine({
      args,
      allowPositionals: true,
      options,
    });
    const [file] = positionals(given, "FILE.wasm");
    if (file === undefined) throw new UsageError("FILE.wasm is missing.");
    const { bytes, digest, coreModules, world, metadata, notes } = inspectComponent(await readBytes(file));
    const sizes = coreModules.map((module) => module.bytes.length);
    if (values.json) {
      const report = {
        file,
        size: bytes.length,
        digest,
        metadata,
        notes,
        coreModules: sizes.map((size) => ({ size })),
        imports: needsOf(world),
        exports: functionsOf(world).map(({ path, type, way }) => ({
          path,
          type: briefFunctionType(type),
          callable: way === "call",
        })),
        wit: printWorld(world),
      };
      printJson(report);
      return 0;
    }
    const needs = printNeeds(world);
    const exports = functionsOf(world).map(
      ({ path, type, way }) => `${path}: ${briefFunctionType(type)}${ways[way]}`,
    );
    const rows = [
      ["file", [file]],
      ["size", [howMany(bytes.length, "byte")]],
      ["digest", [digest]],
      ...aboutRows(metadata),
      ...(notes.length > 0 ? ([["notes", notes]] as const) : []),
      [
        "core",
        [`${howMany(sizes.length, "module")}: ${sizes.map((s) => s.toLocaleString("en")).join(" + ")} bytes`],
      ],
      ["needs", needs.length > 0 ? needs : ["nothing from the host"]],
      ["exports", exports.length > 0 ? exports : ["no functions"]],
    ] as const;
    for (const [label, [first, ...rest]] of rows) {
      print(`${label.padEnd(9)}${first}`);
      for (const line of rest) print(`         ${line}`);
    }
    print(`\n${printWorld(world).trimEnd()}`);
    return 0;
  },
};

/** Rows of what the component says of itself. */
function aboutRows({
  name,
  version,
  description,
  licenses,
  producers,
  ...texts
}: ComponentMetadata): (readonly [string, string[]])[] {
  const title = [name ?? [], version ?? []].flat().join(" ");
  const tools = Object.entries(producers ?? {}).map(
    ([did, by]) =>
      `${did} ${Object.entries(by)
        .map((tool) => tool.join(" ").trim())
        .join(", ")}`,
  );
  const rows = [
    ["name", title === "" ? [] : [title]],
    ["about", [description ?? []].flat()],
    ["license", [licenses ?? []].flat()],
    ...Object.entries(texts).map(([label, text]) => [label, [text]] as const),
    ["made", tools],
  ] as [string, string[]][];
  return rows.filter(([, lines]) => lines.length > 0);
}

/** Ways to a function over HTTP, as they are shown. */
const ways = {
  call: "",
  handler: "  (answers requests for /http/NAME/)",
  // Resources are among what it takes or returns, which JSON does not have.
  none: "  (not over HTTP)",
} as const;

interface ExportedPath {
  /** Path as in `POST /call/{plugin}/{path}`. */
  readonly path: string;
  readonly type: FunctionType;
  readonly way: keyof typeof ways;
}

function functionsOf(world: World): ExportedPath[] {
  return exportedFunctions(world).map((exported) => {
    const { interface: owner, name, type } = exported;
    return {
      path: owner === undefined ? name : `${owner}/${name}`,
      type,
      way: isHandler(exported) ? "handler" : takesJson(type) ? "call" : "none",
    };
  });
}
