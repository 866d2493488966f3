/** Setting `state` of plugins of mode `shared`, whose state is kept for the host that may have the cell next. */
import * as v from "valibot";
import { nodeBounds } from "../../bounds/node-bounds.ts";
import { millisecondsOf, timeSchema } from "./time-text.ts";

/** Interval at which the state of a plugin is kept. */
export interface StateSetting {
  /** Time between: `1s`, `30s`, `5m`; `never`: it is kept only when the host ends. */
  readonly every: string;
}

const longest = 24 * 3_600_000;
/** Time where nobody says one. */
const standard = "10s";

export const stateSchema = v.strictObject({
  every: timeSchema({ least: nodeBounds.keepEvery.value, longest, such: standard, or: "never" }),
});

/** Milliseconds between; infinite for never. */
export function keepsEvery(setting: StateSetting | undefined): number {
  const { every = standard } = setting ?? {};
  return every === "never" ? Number.POSITIVE_INFINITY : millisecondsOf(every);
}
