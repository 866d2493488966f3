import { writeFile } from "node:fs/promises";
import { clientOf } from "../../describe/client/client.ts";
import { harmlessLines } from "../../text/harmless.ts";
import { shownPath } from "../../text/paths.ts";
import { parseLine } from "../command-line.ts";
import { ask, remoteHost } from "../remote/remote-host.ts";
import { print } from "../terminal.ts";
import type { Verb } from "./verb.ts";

const options = {
  out: { type: "string", short: "o" },
  url: { type: "string" },
  token: { type: "string" },
} as const;

export const client: Verb = {
  help: `Usage: hotcell client [PLUGIN ... | @CONTRACT ...] [options]

Writes TypeScript that calls the functions of these plugins, or of all that the token is good for, over HTTP. PLUGIN is a
name, or a pattern such as 't42-*'; @CONTRACT is a contract, whose functions are asked of all plugins that are held to
it. The file depends on nothing; its types are those of the arguments, results and errors.

  -o, --out FILE   the file to write                 standard output
  --url URL        the host     HOTCELL_HOST and HOTCELL_PORT, else the one that serves from the data folder,
                                else http://127.0.0.1:8787
  --token TOKEN    a token of scope call or read     HOTCELL_TOKEN, else the one in the data folder

Example: hotcell client pricing -o src/pricing.ts`,
  options,
  arguments: ["plugin", "..."],

  async run(args) {
    const { values, positionals: plugins } = parseLine({
      args,
      allowPositionals: true,
      options,
    });
    const host = remoteHost(values.url, values.token, process.env);
    const query = new URLSearchParams([...plugins.map((name) => ["plugin", name]), ["host", "false"]]);
    const document = await ask(host, "GET", `/openapi.json?${query}`);
    const text = harmlessLines(clientOf(document, host.url));
    if (values.out === undefined) print(text.trimEnd());
    else {
      await writeFile(values.out, text);
      print(`Wrote ${shownPath(values.out)}.`);
    }
    return 0;
  },
};
