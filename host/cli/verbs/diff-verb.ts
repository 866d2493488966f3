import { inspectComponent } from "../../component/inspect.ts";
import { diffWorlds } from "../../wit/diff/diff.ts";
import { formatChanges } from "../../wit/diff/diff-format.ts";
import { readBytes } from "../build/plugin-folder.ts";
import { parseLine, positionals, UsageError } from "../command-line.ts";
import { report } from "../report.ts";
import { print, printJson } from "../terminal.ts";
import type { Verb } from "./verb.ts";

const options = { json: { type: "boolean" } } as const;

export const diff: Verb = {
  help: `Usage: hotcell diff BEFORE.wasm AFTER.wasm [options]

Compares two components' worlds as an upload would, down to single fields and cases. Each change is breaking (a call that
worked may not), capability (the host must grant something else), or compatible.

  --json   the changes for programs

Ends with 0 when callers notice nothing, 1 when a change is breaking, 2 when the files can't be compared.

Example: hotcell diff live.wasm build/greet.wasm || echo "needs --allow-breaking"`,
  options,
  arguments: ["file", "file"],

  async run(args) {
    const { values, positionals: given } = parseLine({
      args,
      allowPositionals: true,
      options,
    });
    const [before, after] = positionals(given, "BEFORE.wasm", "AFTER.wasm");
    if (before === undefined || after === undefined) throw new UsageError("Two files are compared.");
    try {
      const [from, to] = [
        inspectComponent(await readBytes(before)),
        inspectComponent(await readBytes(after)),
      ];
      const changes = diffWorlds(from.world, to.world);
      if (values.json) {
        printJson({ from: from.digest, to: to.digest, changes });
      } else {
        print(changes.length > 0 ? formatChanges(changes).trimEnd() : "The worlds are the same.");
      }
      return changes.some((change) => change.verdict === "breaking") ? 1 : 0;
    } catch (error) {
      // 1 says that a change is breaking.
      report(error, { json: values.json ?? false });
      return 2;
    }
  },
};
