import { isTraceId } from "../../engine/trace-context.ts";
import { type Driver, UnexpectedData } from "../backend.ts";
import type { Data } from "../data.ts";
import type { LogLine, RawLine } from "./log-line.ts";

/** Driver of the plugin's log: it is told lines (`line`), and answers nothing. */
export const logDriver: Driver = {
  bind: ({ log }) => ({
    tell(operation, data) {
      if (operation !== "line") throw new UnexpectedData("it told the log what no log is told");
      log.write(readLine(data));
    },
  }),
};

/** A line as data; `plugin` is known to whoever it is told. */
export function lineData({ level, context, message, more, dropped, trace }: Omit<RawLine, "plugin">): Data {
  if (more === undefined && dropped === undefined && trace === undefined) return { level, context, message };
  return {
    level,
    context,
    message,
    ...(trace !== undefined && { trace }),
    ...(more !== undefined && { more }),
    ...(dropped !== undefined && { dropped }),
  };
}

const levels: ReadonlySet<unknown> = new Set([
  "trace",
  "debug",
  "info",
  "warn",
  "error",
  "critical",
] satisfies LogLine["level"][]);

/** Line in data, read by hand because a line costs its plugin less than a schema would. */
function readLine(data: Data): Omit<RawLine, "plugin"> {
  const { level, context, message, more, dropped, trace } = (data ?? {}) as Readonly<Record<string, unknown>>;
  const members = 3 + [more, dropped, trace].filter((member) => member !== undefined).length;
  const fits =
    levels.has(level) &&
    typeof context === "string" &&
    typeof message === "string" &&
    isCount(more, 0) &&
    isCount(dropped, 1) &&
    (trace === undefined || isTraceId(trace)) &&
    Object.keys(data as object).length === members;
  if (!fits) throw new UnexpectedData("it told the log what is no line");
  return data as unknown as Omit<RawLine, "plugin">;
}

function isCount(value: unknown, least: number): boolean {
  if (value === undefined) return true;
  return Number.isInteger(value) && (value as number) >= least && (value as number) <= 2 ** 32;
}
