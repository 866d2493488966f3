/** Stages of a deployment as a pure state machine: `(state, event) → state`. */

/** Stages in their order. Whatever fails before `live` leaves the version that is live as it was. */
export const stages = [
  "received",
  "inspected",
  "granted",
  "compared",
  "built",
  "tried",
  "handed-over",
  "tried-first",
  "persisted",
  "live",
] as const;

/** Stage that deployments pass only where one host of several tries them first. */
const optional: Stage = "tried-first";

export type Stage = (typeof stages)[number];

export type DeploymentState =
  | { readonly stage: Stage }
  /** `reached` is the last stage that went well. */
  | { readonly stage: "failed"; readonly reached: Stage };

export type DeploymentEvent = Exclude<Stage, "received"> | "failed";

export const received: DeploymentState = { stage: "received" };

/**
 * State after an event. Stages follow one another without a gap but for the one that is optional; failing is possible until the version is live,
 * and is final. Throws a TypeError for any other step: that is a mistake in the registry.
 */
export function advance(state: DeploymentState, event: DeploymentEvent): DeploymentState {
  if (state.stage !== "failed") {
    const at = stages.indexOf(state.stage);
    const next = stages[at + 1];
    if (event === next || (next === optional && event === stages[at + 2])) return { stage: event };
    if (event === "failed" && state.stage !== "live") return { stage: "failed", reached: state.stage };
  }
  throw new TypeError(`a deployment that is ${state.stage} can't become ${event}`);
}
