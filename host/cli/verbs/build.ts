import { shownPath } from "../../text/paths.ts";
import { Asc } from "../build/asc.ts";
import { buildPlugin } from "../build/build-plugin.ts";
import { needsOf, printNeeds } from "../build/needs.ts";
import { pluginFolder } from "../build/plugin-folder.ts";
import { parseLine, positionals } from "../command-line.ts";
import { print, printJson } from "../terminal.ts";
import type { Verb } from "./verb.ts";

const options = {
  out: { type: "string" },
  debug: { type: "boolean" },
  world: { type: "string" },
  json: { type: "boolean" },
} as const;

export const build: Verb = {
  help: `Usage: hotcell build [DIR] [options]

Compiles DIR/assembly/index.ts (default: this folder) with asc and its asconfig.json, prints what came out, and writes
what the world offers for import to DIR/build/bindings, where editors find it.

  --out FILE     where the component goes             DIR/build/NAME.wasm
  --debug        asconfig.json's target debug: quick to build, with names and a source map
  --world NAME   the world to build for, where wit/ has several
  --json         for programs: file, size, digest, needs, milliseconds of asc and of componentize, what asc warns of

Example: hotcell build greet --out greet.wasm`,
  options,
  arguments: ["file"],

  async run(args) {
    const { values, positionals: given } = parseLine({
      args,
      allowPositionals: true,
      options,
    });
    const [folder] = positionals(given, "DIR");
    const plugin = pluginFolder(folder);
    const { json = false, ...choices } = values;
    const asc = new Asc(plugin.path, { captures: json });
    try {
      const { file, component, ...times } = await buildPlugin(asc, plugin, choices);
      if (json) {
        const { bytes, digest, world } = component;
        printJson({ file, size: bytes.length, digest, needs: needsOf(world), ...times });
        return 0;
      }
      const needs = printNeeds(component.world);
      print(`Built ${shownPath(file)} in ${Math.round(times.asc + times.componentize)} ms`);
      print(`  size    ${component.bytes.length.toLocaleString("en")} bytes`);
      print(`  digest  ${component.digest}`);
      print(`  needs   ${needs.length > 0 ? needs.join("\n          ") : "nothing from the host"}`);
      return 0;
    } finally {
      asc.close();
    }
  },
};
