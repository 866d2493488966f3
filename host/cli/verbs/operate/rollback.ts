import { HotcellError } from "../../../errors.ts";
import type { VersionSummary } from "../../../registry/told-plugins.ts";
import { harmlessLine } from "../../../text/harmless.ts";
import { parseLine, positionals, UsageError } from "../../command-line.ts";
import { leaveQuery, withLeave } from "../../remote/leave.ts";
import { ask, type RemoteHost, remoteHost } from "../../remote/remote-host.ts";
import { deploymentsOf, pluginPath } from "../../remote/remote-plugin.ts";
import { type Deployed, printDeployment } from "../../shown/deployment-text.ts";
import { ink, printJson, printLine } from "../../terminal.ts";
import { hostHelp, hostOptions } from "../host-options.ts";
import type { Verb } from "../verb.ts";

const options = {
  breaks: { type: "string", multiple: true },
  rollout: { type: "boolean" },
  quiet: { type: "boolean", short: "q" },
  json: { type: "boolean" },
  ...hostOptions,
} as const;

export const rollback: Verb = {
  help: `Usage: hotcell rollback NAME [TO] [options]

Makes the version before the live one live again, or TO: a revision of hotcell history, or the beginning of a version's digest (7 digits or more, where it has no letter).
Settings stay as they are. Once more goes forward again.

  --breaks NAME    plugin linked to this one whose calls may fail; may be repeated
  --rollout        stop a rollout that is under way, whichever host leads it, and change nothing else
  -q, --quiet      print nothing but errors
  --json           for programs: as POST /plugins/NAME/rollback answers; of a rollout {"stopped": NAME}
${hostHelp}

Example: hotcell rollback greet 3`,
  options,
  arguments: ["plugin", "version"],
  operates: true,

  async run(args) {
    const { values, positionals: given } = parseLine({ args, allowPositionals: true, options });
    const [name, to] = positionals(given, "NAME", "TO");
    if (name === undefined) throw new UsageError("NAME is missing.");
    const host = remoteHost(values.url, values.token, process.env);
    if (values.rollout) {
      if (to !== undefined) throw new UsageError("--rollout goes with a NAME alone.");
      await ask(host, "DELETE", `${pluginPath(name)}/rollout`);
      if (values.json) printJson({ stopped: name });
      else if (!values.quiet) printLine(ink("green", "stopped: "), `the rollout of ${harmlessLine(name)}`);
      return 0;
    }
    const body = to === undefined ? undefined : { to: await digestOf(host, name, to) };
    const quiet = values.quiet || values.json;
    const { made } = await withLeave(
      { breaks: values.breaks ?? [] },
      (leave) => ask(host, "POST", `${pluginPath(name)}/rollback?${leaveQuery(leave)}`, body),
      quiet ? false : undefined,
    );
    if (values.json) printJson(made);
    else if (!quiet) printDeployment(made as Deployed, host.url);
    return 0;
  },
};

/** Digest of the version that a revision or a beginning means. */
async function digestOf(host: RemoteHost, name: string, to: string): Promise<string> {
  if (/^sha256:[0-9a-f]{64}$/.test(to)) return to;
  const isRevision = /^\d{1,6}$/.test(to);
  if (isRevision) {
    const { deployments } = await deploymentsOf(host, name, { before: `${Number(to) + 1}`, limit: "1" });
    const found = deployments.find(({ revision }) => revision === Number(to));
    if (found?.version) return found.version.digest;
  }
  const beginning = to.replace(/^sha256:/, "");
  const { versions } = (await ask(host, "GET", `${pluginPath(name)}/versions`)) as {
    readonly versions: readonly VersionSummary[];
  };
  const found = versions.filter(({ version }) => !isRevision && version.slice(7).startsWith(beginning));
  if (found.length === 1) return found[0]!.version;
  const what = found.length === 0 ? "no version" : `${found.length} versions`;
  throw new HotcellError(
    "version-not-found",
    `${name} has ${what} of revision or digest ${JSON.stringify(to)}.`,
    {
      subject: name,
      actual: to,
      remedy: `hotcell history ${name} lists them.`,
    },
  );
}
