import type { PastDeployment } from "../../../registry/told-plugins.ts";
import { parseLine, required, UsageError } from "../../command-line.ts";
import { ask, remoteHost } from "../../remote/remote-host.ts";
import { printTable } from "../../shown/columns.ts";
import { clockTime } from "../../shown/moment.ts";
import { ink, noteLine, printJson } from "../../terminal.ts";
import { hostHelp, hostOptions } from "../host-options.ts";
import type { Verb } from "../verb.ts";
import { pluginPath } from "./show.ts";

const options = {
  limit: { type: "string", short: "n" },
  before: { type: "string" },
  json: { type: "boolean" },
  ...hostOptions,
} as const;

export const history: Verb = {
  summary: "list what was deployed under a name, newest first",
  help: `Usage: hotcell history NAME [options]

Lists revisions of a plugin, newest first, also of one that was removed: when each came, its version, what it was and who made it.
hotcell rollback goes back to one of them.

  -n, --limit N      so many of them           20
  --before N         those below revision N
  --json             for programs: { "deployments": […] }, as GET /plugins/NAME/deployments answers
${hostHelp}

Example: hotcell history greet -n 5`,
  options,
  arguments: ["plugin"],
  operates: true,

  async run(args) {
    const { values, positionals: given } = parseLine({ args, allowPositionals: true, options });
    const [name] = required(given, "NAME");
    const query = new URLSearchParams({ limit: count(values.limit ?? "20", "--limit") });
    if (values.before !== undefined) query.set("before", count(values.before, "--before"));
    const host = remoteHost(values.url, values.token, process.env);
    const answer = (await ask(host, "GET", `${pluginPath(name)}/deployments?${query}`)) as Page;
    if (values.json) {
      printJson(answer);
      return 0;
    }
    printTable(
      [">revision", "when", "version", "outcome", "who"],
      answer.deployments.map(({ revision, at, version, outcome, who = "", damaged }) => [
        ink("bold", `${revision}`),
        clockTime(at),
        version?.digest.slice(7, 19) ?? "none",
        damaged === undefined ? outcome : ink("red", `damaged: ${damaged}`),
        who,
      ]),
    );
    const last = answer.deployments.at(-1)?.revision;
    if (last !== undefined && last > 1 && answer.deployments.length === Number(query.get("limit")))
      noteLine(ink("dim", `Older ones: hotcell history ${name} --before ${last}`));
    return 0;
  },
};

interface Page {
  readonly deployments: readonly PastDeployment[];
}

function count(given: string, option: string): string {
  if (/^[1-9]\d{0,8}$/.test(given)) return given;
  throw new UsageError(`${option} is a number, 1 or more.`);
}
