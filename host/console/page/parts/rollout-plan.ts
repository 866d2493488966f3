import type { ShownRolloutPlan } from "../../answers/deployment-answers.ts";
import { html } from "../markup.ts";
import { say } from "../strings/speech.ts";

interface RolloutPlanProps {
  readonly rollout: ShownRolloutPlan;
  readonly atOnce: boolean;
  readonly onChange: (atOnce: boolean) => void;
}

/** Rollout that a change would be, and a box that sends it to all hosts at once instead. */
export function RolloutPlan({ rollout, atOnce, onChange }: RolloutPlanProps) {
  const { time, calls, hosts, tried } = rollout;
  const key = tried ? (calls === undefined ? "rollout.planTried" : "rollout.planCalls") : "rollout.planAll";
  const tick = ({ currentTarget }: { currentTarget: HTMLInputElement }) => onChange(currentTarget.checked);
  return html`<p>${say(key, { n: hosts, time, calls: calls ?? 0 })}</p>
    <label class="check"><input type="checkbox" checked=${atOnce} onChange=${tick} /><span>${say("rollout.atOnce")}</span></label>`;
}
