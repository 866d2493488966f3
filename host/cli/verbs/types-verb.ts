import { basename } from "node:path";
import { inspectComponent } from "../../component/inspect.ts";
import { typesOf } from "../../describe/typescript.ts";
import { harmlessLines } from "../../text/harmless.ts";
import { readBytes } from "../build/plugin-folder.ts";
import { parseLine, positionals, UsageError } from "../command-line.ts";
import { tellWritten } from "../shown/written-text.ts";
import type { Verb } from "./verb.ts";

const options = {
  out: { type: "string", short: "o" },
  async: { type: "boolean" },
  json: { type: "boolean" },
} as const;

export const types: Verb = {
  help: `Usage: hotcell types FILE.wasm [options]

Writes types in TypeScript of what a component exports, with the docs in it, for programs that open it:
open<Exports>("greet.wasm") has them as plugin.exports, and symbol.as<Exports["greet"]>(…) takes them.

  -o, --out FILE   the file to write                 standard output
  --async          functions return promises, as those of plugins that wait do
  --json           for programs: { "out": FILE } of what was written, else { "types": … }

Example: hotcell types build/greet.wasm -o src/greet.d.ts`,
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
    const { world } = inspectComponent(await readBytes(file));
    const text = harmlessLines(typesOf(world, basename(file), { async: values.async === true }));
    await tellWritten("types", text, values);
    return 0;
  },
};
