import * as v from "valibot";
import type { Capability, LogLine } from "./capability.ts";
import { parseBySchema } from "./settings.ts";

const schema = v.literal(true);

/** `wasi:logging/logging`, in any version: the proposal has one function, unchanged since it was written. */
export const logging: Capability = {
  name: "logging",
  allows: "writing lines to the plugin's log",
  interfaces: ["wasi:logging/logging"],
  supports: () => true,
  check(settings) {
    parseBySchema(schema, settings, "grants.logging");
  },
  supply(_settings, { plugin, log }) {
    return {
      "wasi:logging/logging": {
        log: {
          type: "func(level: enum { trace, debug, info, warn, error, critical }, context: string, message: string)",
          call: (level: LogLine["level"], context: string, message: string) =>
            log({ plugin, level, context, message }),
        },
      },
    };
  },
};
