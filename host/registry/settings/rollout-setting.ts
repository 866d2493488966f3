/** Setting `rollout`: one host has what is new alone for a time, before the others get it. */
import * as v from "valibot";
import { nodeBounds } from "../../bounds/node-bounds.ts";
import { timeSchema } from "./time-text.ts";

/** Setting `rollout`: trial of a new version, or of settings that take a new cell, on one host of several. */
export interface RolloutSetting {
  /** Time for which one host has it alone at most: `30s`, `2m`. */
  readonly time: string;
  /** Number of calls there after which it may go to the others, were the time not over. */
  readonly calls?: number | undefined;
}

export const rolloutSchema = v.strictObject({
  time: timeSchema({ least: 1_000, longest: nodeBounds.rolloutTime.value, such: "30s" }),
  calls: v.optional(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1_000_000))),
});
