import { parseLine, UsageError } from "../../command-line.ts";
import { logLine } from "../../shown/event-lines.ts";
import { hostHelp, hostOptions } from "../host-options.ts";
import type { Verb } from "../verb.ts";
import { followOptions, tellEvents } from "./told-events.ts";

const levels = ["trace", "debug", "info", "warn", "error", "critical"];

const options = { ...followOptions, level: { type: "string" }, ...hostOptions } as const;

export const logs: Verb = {
  help: `Usage: hotcell logs [PLUGIN …] [options]

Shows the log lines that the host keeps, of all plugins or of some: names, or patterns such as 't42-*'. Takes a token of scope read,
for the plugins that it is good for.

  -f, --follow     go on as they come, until Ctrl-C; a connection that breaks is made again, and none is missed
  -n, --lines N    the last N only                         with --follow 10
  --level LEVEL    this level and those above it: ${levels.join(", ")}
  --json           for programs: an event a line
${hostHelp}

Example: hotcell logs -f greet --level warn`,
  options,
  arguments: ["plugin", "..."],
  operates: true,

  async run(args) {
    const { values, positionals: plugins } = parseLine({ args, allowPositionals: true, options });
    const from = values.level === undefined ? 0 : levels.indexOf(values.level);
    if (from < 0) throw new UsageError(`--level is one of ${levels.join(", ")}.`);
    await tellEvents(values, plugins, {
      // A level that is none of these is told always.
      wanted: ({ kind, data }) =>
        kind === "log" &&
        (levels.indexOf(String(data?.level)) + levels.length + 1) % (levels.length + 1) >= from,
      lineOf: logLine,
    });
    return 0;
  },
};
