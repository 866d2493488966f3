import { existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { HotcellError } from "../../errors.ts";
import { openNatsStore } from "../../store/nats/nats-store.ts";
import { factsOf, livingHolder, readHolder } from "../../store/sqlite/folder-holder.ts";
import { openSqliteStore } from "../../store/sqlite/sqlite-store.ts";
import { parseLine, positionals, UsageError } from "../command-line.ts";
import { serverOptions } from "../server/server-options.ts";
import { print, printJson } from "../terminal.ts";
import type { Verb } from "./verb.ts";

const options = { data: { type: "string" }, json: { type: "boolean" } } as const;

export const backup: Verb = {
  help: `Usage: hotcell backup FILE [options]

Writes a consistent copy of all that a host keeps to FILE: plugins, versions, settings, history, events, contracts,
hashes of tokens, and the data of plugins: values by key, files, and states that hosts which share the folder have kept.
Whether the host runs makes no difference, and calls do not wait. An existing FILE is replaced when the copy is whole.

  --data FOLDER   the host's data folder   HOTCELL_DATA   .hotcell
  --json          for programs: { "file": …, "size": … }

A store on NATS (HOTCELL_STORE) is backed up by NATS's own tool: this says how.

To restore, put the copy as hotcell.db into a new folder and serve from that. The admin token is not in it: the new
folder gets another, unless HOTCELL_TOKEN gives one.

Example: hotcell backup monday.db && mkdir restored && cp monday.db restored/hotcell.db && hotcell serve --data restored`,
  options,
  arguments: ["file"],

  async run(args) {
    const { values, positionals: given } = parseLine({
      args,
      allowPositionals: true,
      options,
    });
    const [file] = positionals(given, "FILE");
    if (file === undefined) throw new UsageError("FILE is missing.");
    const { data: folder, store: shared } = serverOptions(process.env, { data: values.data });
    const kept = join(folder, "hotcell.db");
    // One that was killed has left there what it said.
    const holder = existsSync(kept) ? livingHolder(folder) : readHolder(factsOf(folder));
    const elsewhere = shared ? undefined : holder?.store;
    if (elsewhere !== undefined) throw keptElsewhere(folder, elsewhere);
    if (shared && (values.data === undefined || !existsSync(kept))) {
      await using store = await openNatsStore(shared);
      // Says how it is done there.
      await store.backup(file);
    }
    // Opening would make an empty one, and its backup would look like a good one.
    if (!existsSync(kept)) {
      throw new HotcellError("no-such-file", `${folder} is no host's data folder: it has no hotcell.db.`, {
        subject: kept,
        remedy:
          "Name the folder that the host serves from: --data or HOTCELL_DATA. Where it keeps all on NATS, set HOTCELL_STORE as for the host: this says how that is backed up.",
      });
    }
    await using store = await openSqliteStore({ folder });
    await store.backup(file);
    const { size } = await stat(file);
    if (values.json) printJson({ file, size });
    else print(`${file}: ${size.toLocaleString("en")} bytes`);
    return 0;
  },
};

/** The folder may have a store from before, which is not the one that is meant. */
function keptElsewhere(folder: string, store: string): HotcellError {
  return new HotcellError("no-such-file", `The host that has ${folder} keeps all in ${store}.`, {
    subject: store,
    remedy:
      "Set HOTCELL_STORE as for that host: this says then how NATS backs it up, and copies what the folder had before with --data.",
  });
}
