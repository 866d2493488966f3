import { parseLine, positionals } from "../../command-line.ts";
import { KnownHosts } from "../../remote/known-hosts.ts";
import { printLine } from "../../terminal.ts";
import type { Verb } from "../verb.ts";
import { notKnown } from "./login.ts";

const options = {} as const;

export const logout: Verb = {
  help: `Usage: hotcell logout [NAME]

Takes a host that hotcell login keeps out of its file: the one of that name, else the one that verbs go to. The token goes
on working: hotcell token revoke ends it.

Example: hotcell logout prod`,
  options,
  arguments: ["host"],
  operates: true,

  async run(args) {
    const { positionals: given } = parseLine({ args, allowPositionals: true, options });
    const known = new KnownHosts(process.env);
    const [name = known.current ?? ""] = positionals(given, "NAME");
    const host = known.get(name);
    if (!host) throw notKnown(name, known);
    known.delete(name);
    printLine(`Forgotten: ${name}, ${host.url}`);
    return 0;
  },
};
