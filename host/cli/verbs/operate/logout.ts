import { parseLine, positionals } from "../../command-line.ts";
import { KnownHosts } from "../../remote/known-hosts.ts";
import { printJson, printLine } from "../../terminal.ts";
import type { Verb } from "../verb.ts";
import { notKnown } from "./login.ts";

const options = { json: { type: "boolean" } } as const;

export const logout: Verb = {
  help: `Usage: hotcell logout [NAME] [options]

Takes a host that hotcell login keeps out of its file: the one of that name, else the one that verbs go to. The token goes
on working: hotcell token revoke ends it.

  --json   for programs: { "forgotten": NAME, "url": … }

Example: hotcell logout prod`,
  options,
  arguments: ["host"],
  operates: true,

  async run(args) {
    const { values, positionals: given } = parseLine({ args, allowPositionals: true, options });
    const known = new KnownHosts(process.env);
    const [name = known.current ?? ""] = positionals(given, "NAME");
    const host = known.get(name);
    if (!host) throw notKnown(name, known);
    known.delete(name);
    if (values.json) printJson({ forgotten: name, url: host.url });
    else printLine(`Forgotten: ${name}, ${host.url}`);
    return 0;
  },
};
