import { parseLine } from "../command-line.ts";
import { bridge } from "../remote/mcp-bridge.ts";
import { remoteHost } from "../remote/remote-host.ts";
import { printJsonLine } from "../terminal.ts";
import type { Verb } from "./verb.ts";

const options = { url: { type: "string" }, token: { type: "string" }, json: { type: "boolean" } } as const;

export const mcp: Verb = {
  help: `Usage: hotcell mcp [options]

Speaks the Model Context Protocol on standard input and output, for programs that start their servers themselves. The tools are the
functions of plugins that have the setting mcp and that the token may call.

  --url URL        the host     HOTCELL_HOST and HOTCELL_PORT, else the one that serves from the data folder,
                                else http://127.0.0.1:8787
  --token TOKEN    a token of scope call             HOTCELL_TOKEN, else the one in the data folder
  --json           errors on standard error as JSON too; standard output is JSON always

Example: hotcell mcp --url http://127.0.0.1:8787`,
  options,
  operates: true,

  async run(args) {
    const { values } = parseLine({
      args,
      options,
    });
    const host = remoteHost(values.url, values.token, process.env);
    await bridge(host, process.stdin, printJsonLine);
    return 0;
  },
};
