import type { TrapsAnswer } from "../../../console/answers/plugin-answers.ts";
import { howMany } from "../../../text/how-many.ts";
import { parseLine, required } from "../../command-line.ts";
import { ask, remoteHost } from "../../remote/remote-host.ts";
import { pluginPath } from "../../remote/remote-plugin.ts";
import { clockTime } from "../../shown/moment.ts";
import { ink, noteLine, printJson, printLine } from "../../terminal.ts";
import { hostHelp, hostOptions } from "../host-options.ts";
import type { Verb } from "../verb.ts";

const options = { json: { type: "boolean" }, ...hostOptions } as const;

/** Answer of a host with workers, of which some may not have told theirs. */
type Answer = TrapsAnswer & { readonly lateWorkers?: number };

export const traps: Verb = {
  help: `Usage: hotcell traps NAME [options]

Shows the last calls of a plugin that ended their cell, newest first: when, the function, how it ended, and where in its author's source
where that is known. A host remembers a few, and forgets them when it ends.

  --json    for programs: { "plugin": …, "traps": […] }, as GET /plugins/NAME/traps answers
${hostHelp}

Example: hotcell traps greet`,
  options,
  arguments: ["plugin"],
  operates: true,

  async run(args) {
    const { values, positionals: given } = parseLine({ args, allowPositionals: true, options });
    const [name] = required(given, "NAME");
    const host = remoteHost(values.url, values.token, process.env);
    const answer = (await ask(host, "GET", `${pluginPath(name)}/traps`)) as Answer;
    if (values.json) {
      printJson(answer);
      return 0;
    }
    for (const { at, function: key, code, detail } of answer.traps) {
      printLine(clockTime(at), "  ", ink("bold", key), "  ", ink("red", code));
      for (const line of detail.split("\n")) printLine("  ", line);
    }
    if (answer.traps.length === 0) printLine(`No call of ${name} has ended its cell since its host began.`);
    const { lateWorkers } = answer;
    if (lateWorkers !== undefined)
      noteLine(ink("dim", `${howMany(lateWorkers, "worker")} did not tell of theirs in time.`));
    return 0;
  },
};
