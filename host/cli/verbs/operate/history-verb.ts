import { parseLine, required, UsageError } from "../../command-line.ts";
import { remoteHost } from "../../remote/remote-host.ts";
import { deploymentsOf } from "../../remote/remote-plugin.ts";
import { printTable } from "../../shown/columns.ts";
import { shortDigest } from "../../shown/deployment-text.ts";
import { clockTime } from "../../shown/moment.ts";
import { ink, noteLine, printJson } from "../../terminal.ts";
import { hostHelp, hostOptions } from "../host-options.ts";
import type { Verb } from "../verb.ts";

const options = {
  limit: { type: "string", short: "n" },
  before: { type: "string" },
  json: { type: "boolean" },
  ...hostOptions,
} as const;

export const history: Verb = {
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
    const limit = count(values.limit ?? "20", "--limit");
    const before = values.before === undefined ? {} : { before: count(values.before, "--before") };
    const host = remoteHost(values.url, values.token, process.env);
    const answer = await deploymentsOf(host, name, { limit, ...before });
    if (values.json) {
      printJson(answer);
      return 0;
    }
    printTable(
      [">revision", "when", "version", "outcome", "who"],
      answer.deployments.map(({ revision, at, version, outcome, who = "", damaged }) => [
        ink("bold", `${revision}`),
        clockTime(at),
        version ? shortDigest(version.digest) : "none",
        damaged === undefined ? outcome : ink("red", `damaged: ${damaged}`),
        who,
      ]),
    );
    const last = answer.deployments.at(-1)?.revision;
    if (last !== undefined && last > 1 && answer.deployments.length === Number(limit))
      noteLine(ink("dim", `Older ones: hotcell history ${name} --before ${last}`));
    return 0;
  },
};

function count(given: string, option: string): string {
  if (/^[1-9]\d{0,8}$/.test(given)) return given;
  throw new UsageError(`${option} is a number, 1 or more.`);
}
