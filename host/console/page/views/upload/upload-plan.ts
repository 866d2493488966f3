import { useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { noConsent } from "../../api/consent.ts";
import { whyNot } from "../../api/session.ts";
import { html } from "../../markup.ts";
import { Ago } from "../../parts/ago.ts";
import { Button } from "../../parts/button.ts";
import { RolloutPlan } from "../../parts/rollout-plan.ts";
import { say } from "../../strings/speech.ts";
import { isPluginName } from "./chosen-files.ts";
import { PlanView } from "./plan-view.ts";
import type { UploadState, UploadStep } from "./upload-state.ts";

interface UploadPlanProps {
  readonly upload: UploadState;
  readonly planned: UploadStep & { at: "planned" };
}

/** Plan with the button that makes it so. */
export function UploadPlan({ upload, planned: { plan, live } }: UploadPlanProps) {
  const { name, consent, chosen, atOnce } = upload;
  const heading = useRef<HTMLHeadingElement>(null);
  const checks = useSignal(0);
  useLayoutEffect(() => heading.current?.focus(), [plan]);
  useEffect(() => {
    void countChecks(chosen.value.checks, live?.checks).then((count) => {
      checks.value = count;
    });
  }, [plan]);
  const own = plan.metadata?.name;
  const other = !live && typeof own === "string" && own !== name.value && isPluginName(own) ? own : undefined;
  const rename = () => {
    name.value = other!;
    void upload.plan();
  };
  const sendAtOnce = (yes: boolean) => {
    atOnce.value = yes;
  };
  const given = consent.value;
  return html`<section class="card">
    <h2 ref=${heading} tabindex="-1">${live ? say("upload.willReplace", { name: plan.plugin, revision: live.revision }) : say("upload.willCreate", { name: plan.plugin })}</h2>
    ${live && html`<p class="soft">${say("upload.liveSince")} <${Ago} at=${live.deployedAt} /></p>`}
    ${other !== undefined && html`<p>${say("upload.callsItself", { name: other })} <${Button} small onClick=${rename}>${say("upload.useName", { name: other })}<//></p>`}
    ${
      given !== noConsent &&
      html`<ul class="given">${[
        ...given.grants.map((each) => say("consent.grants", { name: each })),
        ...given.breaks.map((each) => say("consent.breaks", { name: each })),
        ...(given.breaking ? [say("consent.breaking")] : []),
        ...(given.stateLoss ? [say("consent.stateLoss")] : []),
      ].map((text) => html`<li>${text}</li>`)}</ul>`
    }
    ${plan.plannedRollout && html`<${RolloutPlan} rollout=${plan.plannedRollout} atOnce=${atOnce.value} onChange=${sendAtOnce} />`}
    <div class="actions start">
      <${Button} kind="primary" why=${whyNot("deploy", plan.plugin)} onClick=${upload.deploy}>${say("upload.deploy")}<//>
    </div>
    <${PlanView} plan=${plan} live=${live} checks=${checks.value} />
  </section>`;
}

/** Number of the checks that come with it, or else of those that the plugin has. */
async function countChecks(sent: File | undefined, had: unknown): Promise<number> {
  const checks: unknown = sent ? JSON.parse(await sent.text()) : had;
  if (typeof checks !== "object" || checks === null) return 0;
  const { calls, requests } = checks as { readonly [name: string]: unknown };
  return [calls, requests].reduce((sum: number, list) => sum + (Array.isArray(list) ? list.length : 0), 0);
}
