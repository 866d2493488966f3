import { parseLine } from "../../command-line.ts";
import { eventLine } from "../../shown/event-lines.ts";
import { hostHelp, hostOptions } from "../host-options.ts";
import type { Verb } from "../verb.ts";
import { followOptions, tellEvents } from "./told-events.ts";

const options = { ...followOptions, ...hostOptions } as const;

export const events: Verb = {
  help: `Usage: hotcell events [PLUGIN …] [options]

Shows events that the host keeps, of all plugins or of some: names, or patterns such as 't42-*'. Takes a token of scope read, for
the plugins that it is good for.

  -f, --follow     go on as they come, until Ctrl-C; a connection that breaks is made again, and none is missed
  -n, --lines N    the last N only                         with --follow 10
  --json           for programs: an event a line
${hostHelp}

Example: hotcell events -f greet`,
  options,
  arguments: ["plugin", "..."],
  operates: true,

  async run(args) {
    const { values, positionals: plugins } = parseLine({ args, allowPositionals: true, options });
    await tellEvents(values, plugins, {
      wanted: () => true,
      lineOf: eventLine,
    });
    return 0;
  },
};
