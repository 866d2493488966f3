import { basename } from "node:path";
import { parseReference } from "../../../sources/oci/oci-reference.ts";
import { harmlessLine } from "../../../text/harmless.ts";
import { readNamedFolder } from "../../build/files-folder.ts";
import { readBytes } from "../../build/plugin-folder.ts";
import { parseLine, positionals, UsageError } from "../../command-line.ts";
import { canAsk } from "../../questions.ts";
import { type Leave, leaveQuery, withLeave } from "../../remote/leave.ts";
import { remoteHost } from "../../remote/remote-host.ts";
import { detailsIfThere } from "../../remote/remote-plugin.ts";
import { upload } from "../../remote/remote-upload.ts";
import { printDeployment } from "../../shown/deployment-text.ts";
import { progressOf } from "../../shown/progress.ts";
import { noteLine, printJson } from "../../terminal.ts";
import { hostHelp, hostOptions } from "../host-options.ts";
import { registryHelp, registryOptions } from "../registry-options.ts";
import type { Verb } from "../verb.ts";
import { grantsOf } from "./grant-words.ts";
import { jsonGiven } from "./json-given.ts";

const options = {
  "dry-run": { type: "boolean" },
  grant: { type: "string", multiple: true },
  "allow-breaking": { type: "boolean" },
  "allow-state-loss": { type: "boolean" },
  "at-once": { type: "boolean" },
  breaks: { type: "string", multiple: true },
  settings: { type: "string" },
  checks: { type: "string" },
  files: { type: "string" },
  new: { type: "boolean" },
  ...registryOptions,
  quiet: { type: "boolean", short: "q" },
  json: { type: "boolean" },
  ...hostOptions,
} as const;

export const deploy: Verb = {
  help: `Usage: hotcell deploy FILE.wasm [NAME] [options]
       hotcell deploy oci://REFERENCE [NAME] [options]

Uploads a component as the plugin NAME (default: the file's name) and makes it live; one in a registry is pulled first, by this
command and not by the host. What is refused leaves the version before as it was. On a terminal the plan is shown first, and what
breaks callers, needs a grant or loses state is asked about; elsewhere it is refused, with exit code 3, unless an option allows it.

  --dry-run            the plan alone
  --grant NAME         a capability that it is granted; may be repeated: --grant clocks, --grant 'kv={"valueBytes":1000}'
  --allow-breaking     replace the live version also where its callers would notice
  --allow-state-loss   start a new cell though the state of the live one is lost with it
  --at-once            all hosts get it at once, though the setting rollout would have one try it first
  --breaks NAME        plugin linked to this one whose calls may fail; may be repeated
  --settings JSON      settings, merged into those that it has: JSON, or @FILE
  --checks FILE        calls in the format of calls.json that it must pass, from now on
  --files FOLDER       files that come with the version
  --new                only if there is no such plugin yet
  -q, --quiet          print nothing but errors
  --json               for programs: as PUT /plugins/NAME answers
${hostHelp}
${registryHelp}

Example: hotcell deploy build/greet.wasm --grant clocks`,
  options,
  arguments: ["file", "plugin"],
  operates: true,

  async run(args) {
    const { values, positionals: given } = parseLine({ args, allowPositionals: true, options });
    const [first, second] = positionals(given, "FILE.wasm", "NAME");
    if (first === undefined) throw new UsageError("FILE.wasm is missing.");
    // Who thinks of a plugin first writes its name first.
    const [file, name = nameOf(file)] = isPulled(second) ? [second, first] : [first, second];
    const host = remoteHost(values.url, values.token, process.env);
    const { quiet = false, json = false } = values;
    const granted = grantsOf(values.grant ?? []);
    const settings = values.settings === undefined ? {} : await jsonGiven(values.settings, "--settings");
    const what = {
      settings: granted.settings ? withGrants(settings, granted.settings) : settings,
      ...(values.checks !== undefined && { checks: await jsonGiven(`@${values.checks}`, "--checks") }),
      files: values.files === undefined ? new Map<string, Uint8Array>() : await readNamedFolder(values.files),
    };
    const bytes = isPulled(file) ? await pulled(file, values["plain-http"]) : await readBytes(file);
    const leave: Leave = {
      allowBreaking: values["allow-breaking"] ?? false,
      allowStateLoss: values["allow-state-loss"] ?? false,
      atOnce: values["at-once"] ?? false,
      breaks: values.breaks ?? [],
      grant: granted.plain,
    };
    const send = async (allowed: Leave, headers: Record<string, string>, dryRun: boolean) => {
      const query = leaveQuery(allowed);
      if (dryRun) query.set("dry-run", "true");
      const progress = await progressOf(`Sending ${harmlessLine(file)}`, bytes.length, quiet || json);
      const sent = progress && { sent: progress.sent };
      try {
        return await upload(host, name, bytes, { ...what, query, headers, ...sent });
      } finally {
        progress?.done();
      }
    };
    const absent: Record<string, string> = values.new ? { "if-none-match": "*" } : {};
    const tell = (deployment: Awaited<ReturnType<typeof send>>) => {
      if (json) printJson(deployment);
      else if (!quiet) printDeployment(deployment, host.url);
    };
    const asks = !quiet && !json && canAsk();
    if (values["dry-run"]) {
      tell((await withLeave(leave, (allowed) => send(allowed, absent, true), asks)).made);
      return 0;
    }
    if (!asks) {
      tell(await send(leave, absent, false));
      return 0;
    }
    // What was agreed to is about what is live now: whoever is quicker changes that.
    const before = await detailsIfThere(host, name);
    const unchanged = before ? { "if-match": `"${before.revision}"` } : { "if-none-match": "*" };
    const plan = await withLeave(leave, (allowed) => send(allowed, { ...unchanged, ...absent }, true));
    if (plan.made.outcome === "planned")
      noteLine(`${host.url}: ${before ? "another version of" : "a new plugin,"} ${name}`);
    tell(plan.made);
    if (plan.made.outcome === "planned") tell(await send(plan.leave, { ...unchanged, ...absent }, false));
    return 0;
  },
};

/** Name of a file, or that of a repository. */
function nameOf(file: string): string {
  return isPulled(file) ? basename(parseReference(file).repository) : basename(file).replace(/\.wasm$/, "");
}

function isPulled(file: string | undefined): file is `oci://${string}` {
  return file?.startsWith("oci://") === true;
}

function withGrants(settings: object, grants: object): object {
  const own = (settings as { readonly grants?: object }).grants ?? {};
  return { ...settings, grants: { ...own, ...grants } };
}

/** Component of a registry. What asks registries is loaded when one is to be asked: it is much, and most deployments need none of it. */
async function pulled(reference: string, plain: boolean | undefined): Promise<Uint8Array> {
  const { pullByHand } = await import("../../remote/own-registry.ts");
  return (await pullByHand(reference, { plain })).bytes;
}
