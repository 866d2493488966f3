/** Setting `state` of plugins of mode `shared`, whose state is kept for the host that may have the cell next. */
import * as v from "valibot";
import { nodeBounds } from "../bounds/node-bounds.ts";
import { millisecondsOf } from "./settings/source-setting.ts";

/** Interval at which the state of a plugin is kept. */
export interface StateSetting {
  /** Time between: `1s`, `30s`, `5m`; `never`: it is kept only when the host ends. */
  readonly every: string;
}

const least = nodeBounds.keepEvery.value;
const longest = 24 * 3_600_000;
/** Time where nobody says one. */
const standard = "10s";

export const stateSchema = v.strictObject({
  every: v.pipe(
    v.string(),
    v.check(
      (text) => text === "never" || (millisecondsOf(text) >= least && millisecondsOf(text) <= longest),
      `a time from ${least / 1000}s to 24h, such as ${standard}, or never`,
    ),
  ),
});

/** Milliseconds between; infinite for never. */
export function keepsEvery(setting: StateSetting | undefined): number {
  const { every = standard } = setting ?? {};
  return every === "never" ? Number.POSITIVE_INFINITY : millisecondsOf(every);
}
