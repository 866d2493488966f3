import { HotcellError } from "../../../errors.ts";
import { parseLine, required, UsageError } from "../../command-line.ts";
import { exitCodes } from "../../exit-codes.ts";
import { agreed, canAsk } from "../../questions.ts";
import { leaveQuery, withLeave } from "../../remote/leave.ts";
import { ask, remoteHost } from "../../remote/remote-host.ts";
import { pluginPath } from "../../remote/remote-plugin.ts";
import { report } from "../../report.ts";
import { printError, printJson, printLine } from "../../terminal.ts";
import { hostHelp, hostOptions } from "../host-options.ts";
import type { Verb } from "../verb.ts";

const options = {
  yes: { type: "boolean", short: "y" },
  "keep-data": { type: "boolean" },
  "remove-data": { type: "boolean" },
  breaks: { type: "string", multiple: true },
  quiet: { type: "boolean", short: "q" },
  json: { type: "boolean" },
  ...hostOptions,
} as const;

export const rm: Verb = {
  help: `Usage: hotcell rm NAME [options]

Removes a plugin with its versions and settings; its history stays. Asks at a terminal; elsewhere --yes says that it is meant.

  -y, --yes        it is meant
  --keep-data      keep its values by key and its files, for what is deployed under the name again
  --remove-data    remove them for good, also when the plugin itself is gone
  --breaks NAME    plugin linked to this one whose calls may fail; may be repeated
  -q, --quiet      print nothing but errors
  --json           for programs: { "removed": NAME }
${hostHelp}

Example: hotcell rm greet --keep-data`,
  options,
  arguments: ["plugin"],
  operates: true,

  async run(args) {
    const { values, positionals: given } = parseLine({ args, allowPositionals: true, options });
    const [name] = required(given, "NAME");
    if (values["keep-data"] && values["remove-data"])
      throw new UsageError("--keep-data and --remove-data are two fates: give one of them.");
    const host = remoteHost(values.url, values.token, process.env);
    const asks = canAsk() && !values.json;
    if (!values.yes && !(asks && (await agreed(`Remove ${name} from ${host.url}?`)))) {
      if (asks) printError("Nothing was removed.");
      else report(notMeant(name), { json: values.json ?? false });
      return exitCodes.undecided;
    }
    const keepData = values["keep-data"] ? true : values["remove-data"] ? false : undefined;
    const leave = { breaks: values.breaks ?? [], ...(keepData !== undefined && { keepData }) };
    await withLeave(leave, (allowed) => ask(host, "DELETE", `${pluginPath(name)}?${leaveQuery(allowed)}`));
    if (values.json) printJson({ removed: name });
    else if (!values.quiet) printLine(`Removed: ${name}`);
    return 0;
  },
};

function notMeant(name: string): HotcellError {
  return new HotcellError("bad-request", `${name} is removed only where somebody says that it is meant.`, {
    subject: name,
    remedy: `hotcell rm ${name} --yes`,
  });
}
