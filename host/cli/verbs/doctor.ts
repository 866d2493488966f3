import { parseLine } from "../command-line.ts";
import { diagnoseHere, diagnoseThere } from "../doctor/diagnosis.ts";
import type { DoctorFinding } from "../doctor/finding.ts";
import { remoteHost } from "../remote/remote-host.ts";
import { print, printJson } from "../terminal.ts";
import type { Verb } from "./verb.ts";

const options = {
  host: { type: "string" },
  port: { type: "string" },
  data: { type: "string" },
  admin: { type: "string" },
  url: { type: "string" },
  token: { type: "string" },
  json: { type: "boolean" },
} as const;

export const doctor: Verb = {
  help: `Usage: hotcell doctor [options]

Looks at what a host needs here (Node, settings, the port, the data folder, memory, names, proxies, packages) and says
what to do about what is wrong. It changes nothing, and may run beside a host, which it asks for its health then. It
goes by the same variables as hotcell serve (HOTCELL_DATA, HOTCELL_PORT, …) and these options:

  --host ADDRESS        address that the host is to listen on
  --port NUMBER         port that it is to listen on
  --data FOLDER         folder where its data is kept
  --admin ADDRESS:PORT  listener of its own for the API
  --url URL             look at the host that runs there instead: it answers, is ready, has the same time, and
                        takes the token
  --token TOKEN         the host's token             (default: HOTCELL_TOKEN, else the data folder's)
  --json                findings as JSON: name, state (ok, note, wrong), found, remedy

Exit code: 0 when nothing is wrong, 1 when something is. What is to be noted is not wrong.

Example: hotcell doctor --data /var/lib/hotcell`,
  options,

  async run(args) {
    const { values } = parseLine({
      args,
      options,
    });
    const { url, json, ...line } = values;
    const findings =
      url === undefined
        ? await diagnoseHere(process.env, line)
        : await diagnoseThere(process.env, remoteHost(url, line.token, process.env));
    const count = (state: DoctorFinding["state"]) => findings.filter((each) => each.state === state).length;
    if (json) printJson({ ok: count("wrong") === 0, findings });
    else {
      for (const each of findings) print(lines(each));
      print(`\n${count("wrong")} wrong, ${count("note")} to note, ${count("ok")} well`);
    }
    return count("wrong") === 0 ? 0 : 1;
  },
};

function lines({ state, name, found, remedy }: DoctorFinding): string {
  const first = `${state.padEnd(5)}  ${name}: ${found}`;
  return remedy ? `${first}\n       ${remedy}` : first;
}
