import * as v from "valibot";
import { lineData } from "../../backends/log/log-driver.ts";
import type { LogLine, RawLine } from "../../backends/log/log-line.ts";
import { traceId } from "../../engine/trace-context.ts";
import { hostCosts } from "../../fuel-prices.ts";
import { type Capability, wasi02 } from "../capability.ts";
import { object } from "../kit/common-prices.ts";
import { LineWriter } from "../kit/line-writer.ts";
import { loggingWit } from "./logging-wit.ts";

/**
 * The plugin's log: `wasi:logging/logging` (in any version: the proposal's one function has not changed since it was
 * written), and standard output and error, each line of which is a line of the log.
 */
export const logging: Capability = {
  name: "logging",
  grant: {
    allows: "writing lines to the plugin's log",
    settings: v.strictObject({}),
    within: () => true,
  },
  offers: [
    { name: "wasi:logging/logging", supports: () => true, versions: "any", free: false },
    ...wasi02(["wasi:cli/stdout", "wasi:cli/stderr"], { free: false }),
  ],
  backends: ["log"],
  wit: { "wasi:logging": loggingWit },
  prices: {
    "wasi:logging/logging": {
      log: {
        call: hostCosts.line,
        touched: (_level, context: string, message: string) =>
          (context.length + message.length) * hostCosts.outputByte,
      },
    },
    "wasi:cli/stdout": { "get-stdout": object },
    "wasi:cli/stderr": { "get-stderr": object },
  },
  bind: () => ({
    supply(cell) {
      const log = cell.backend("log");
      const tell = (line: Omit<RawLine, "plugin">) => {
        const trace = traceId(cell.call?.trace);
        log.tell("line", lineData(trace === undefined ? line : { ...line, trace }));
      };
      const writer = (level: LogLine["level"], context: string) =>
        new LineWriter((message, more) => tell({ level, context, message, more }));
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
              tell({ level, context, message }),
          },
          "wasi:cli/stdout": { getStdout: () => new cell.OutputStream(cell, stdout) },
          "wasi:cli/stderr": { getStderr: () => new cell.OutputStream(cell, stderr) },
        },
        reset: flush,
        release: flush,
      };
    },
  }),
};
