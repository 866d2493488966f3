import { HotcellError } from "../../errors.ts";
import { parseLine } from "../command-line.ts";
import { exitCodes } from "../exit-codes.ts";
import { askToReload } from "../server/reload-socket.ts";
import { print, printError, printJson } from "../terminal.ts";
import type { Verb } from "./verb.ts";

const options = { data: { type: "string" }, json: { type: "boolean" } } as const;

export const reload: Verb = {
  help: `Usage: hotcell reload [options]

Replaces the workers of the host that serves from a data folder here (hotcell serve --workers) by new ones, one after the
other, without a failed request: each serves before the one in whose place it is leaves. They load Hotcell anew, so
that it can be a newer one by then, and read variables as the host was started with. Ends when all are replaced. Where a
new one does not start, those before go on, and it ends with 1.

  --data FOLDER   the host's data folder   HOTCELL_DATA   .hotcell
  --json          for programs: { "hosts": [{ "primary": …, "workers": […] }] }, of process numbers

Example: hotcell reload`,
  options,
  operates: true,

  async run(args) {
    const { values } = parseLine({ args, options });
    const data = values.data ?? (process.env.HOTCELL_DATA || ".hotcell");
    const hosts = await askToReload(data);
    if (hosts.length === 0)
      throw new HotcellError("no-host", `No host with workers serves from ${data}.`, {
        subject: data,
        remedy:
          "Name the folder that it serves from, --data or HOTCELL_DATA; only hosts that were started with --workers can be reloaded.",
      });
    if (values.json) printJson({ hosts });
    else
      for (const { workers, failed } of hosts) {
        if (failed === undefined) print(`Reloaded: the workers are processes ${workers.join(", ")} now.`);
        else if (workers.length === 0) printError(`Not reloaded: ${failed}.`);
        else
          printError(`Not reloaded: ${failed}. The host says why on its standard error; its workers go on.`);
      }
    return hosts.some(({ failed }) => failed !== undefined) ? exitCodes.failed : 0;
  },
};
