import { clientOf } from "../../describe/client/client.ts";
import { harmlessLines } from "../../text/harmless.ts";
import { parseLine } from "../command-line.ts";
import { ask, remoteHost } from "../remote/remote-host.ts";
import { tellWritten } from "../shown/written-text.ts";
import type { Verb } from "./verb.ts";

const options = {
  out: { type: "string", short: "o" },
  json: { type: "boolean" },
  url: { type: "string" },
  token: { type: "string" },
} as const;

export const client: Verb = {
  help: `Usage: hotcell client [PLUGIN ... | @CONTRACT ...] [options]

Writes TypeScript that calls the functions of these plugins, or of all that the token is good for, over HTTP. PLUGIN is a
name, or a pattern such as 't42-*'; @CONTRACT is a contract, whose functions are asked of all plugins that are held to
it. The file depends on nothing; its types are those of the arguments, results and errors.

  -o, --out FILE   the file to write                 standard output
  --json           for programs: { "out": FILE } of what was written, else { "client": … }
  --url URL        the host     HOTCELL_HOST and HOTCELL_PORT, else the one that serves from the data folder,
                                else http://127.0.0.1:8787
  --token TOKEN    a token of scope call or read     HOTCELL_TOKEN, else the one in the data folder

Example: hotcell client pricing -o src/pricing.ts`,
  options,
  arguments: ["plugin", "..."],
  operates: true,

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
    await tellWritten("client", text, values);
    return 0;
  },
};
