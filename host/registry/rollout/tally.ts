/** Calls of one version, and how many of them ended its cell: what a rollout goes by. */

/** Counts of calls that have ended. */
export interface Tally {
  readonly calls: number;
  readonly traps: number;
}

/** Standard deviations by which traps may be more than the version before would have had: chance comes to that once in hundreds of times. */
const chance = 3;

/**
 * Test for more traps than the version before would have had in as many calls, by more than chance. Where that had none, one is
 * too many.
 */
export function isWorse(before: Tally, now: Tally): boolean {
  const expected = before.calls === 0 ? 0 : (now.calls * before.traps) / before.calls;
  return now.traps > expected + chance * Math.sqrt(expected);
}
