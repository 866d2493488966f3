import * as v from "valibot";
import { alwaysWithin, type Capability, type LogLine, wasi02 } from "../capability.ts";
import { LineWriter } from "../kit/line-writer.ts";
import { parseGrant } from "../kit/settings-schema.ts";
import { OutputStream } from "../kit/streams.ts";

const schema = v.strictObject({});

/**
 * The plugin's log: `wasi:logging/logging` (in any version: the proposal's one function has not changed since it was
 * written), and standard output and error, each line of which is a line of the log.
 */
export const logging: Capability = {
  name: "logging",
  allows: "writing lines to the plugin's log",
  offers: [
    { name: "wasi:logging/logging", supports: () => true, versions: "any", free: false },
    ...wasi02(["wasi:cli/stdout", "wasi:cli/stderr"], { free: false }),
  ],
  check(settings) {
    parseGrant(schema, settings, "grants.logging");
  },
  within: alwaysWithin,
  bind: () => ({
    supply(cell) {
      const { plugin, log } = cell;
      const writer = (level: LogLine["level"], context: string) =>
        new LineWriter((message, more) => log({ plugin, level, context, message, more }));
      const stdout = writer("info", "stdout");
      const stderr = writer("warn", "stderr");
      const flush = () => {
        stdout.flush();
        stderr.flush();
      };
      return {
        interfaces: {
          "wasi:logging/logging": {
            log: (level: LogLine["level"], context: string, message: string) =>
              log({ plugin, level, context, message }),
          },
          "wasi:cli/stdout": { getStdout: () => new OutputStream(cell, stdout) },
          "wasi:cli/stderr": { getStderr: () => new OutputStream(cell, stderr) },
        },
        reset: flush,
        release: flush,
      };
    },
  }),
};
