import { useLayoutEffect, useRef } from "preact/hooks";
import type { ShownChange } from "../../../answers/deployment-answers.ts";
import { agrees, type WantedConsent } from "../../api/consent.ts";
import { Refused } from "../../api/refused.ts";
import { html } from "../../markup.ts";
import { Button } from "../../parts/button.ts";
import { ChangeList } from "../../parts/change-list.ts";
import { ConsentForm } from "../../parts/consent-form.ts";
import { Foreign } from "../../parts/foreign.ts";
import { ProblemNote } from "../../parts/problem-note.ts";
import { say } from "../../strings/speech.ts";
import type { UploadState, UploadStep } from "./upload-state.ts";

interface UploadRefusalProps {
  readonly upload: UploadState;
  readonly refused: UploadStep & { at: "refused" };
  readonly wanted: readonly WantedConsent[];
}

/** Refusal of an upload, with what can be done about it here. */
export function UploadRefusal({ upload, refused: { problem }, wanted }: UploadRefusalProps) {
  const { consent } = upload;
  const heading = useRef<HTMLHeadingElement>(null);
  useLayoutEffect(() => heading.current?.focus(), [problem]);
  const agreed = wanted.every((each) => agrees(consent.value, each));
  const facts = problem instanceof Refused ? problem.facts : {};
  const isStale = problem instanceof Refused && ["stale-revision", "already-exists"].includes(problem.code);
  const change = (next: typeof consent.value) => {
    consent.value = next;
  };
  const changes = Array.isArray(facts.changes) ? (facts.changes as ShownChange[]) : [];
  const failures = Array.isArray(facts.failures) ? facts.failures.map(String) : [];
  return html`<section class="card">
    <h2 ref=${heading} tabindex="-1">${say("upload.refused")}</h2>
    ${isStale && html`<p>${say("upload.stale")}</p>`}
    <${ProblemNote} problem=${problem} hasRemedy=${wanted.length > 0 || isStale} />
    ${failures.length > 1 && html`<ul class="changes">${failures.map((text) => html`<li><${Foreign} text=${text} /></li>`)}</ul>`}
    ${changes.length > 0 && html`<${ChangeList} changes=${changes} />`}
    <${ConsentForm} wanted=${wanted} consent=${consent.value} onChange=${change} />
    ${
      (wanted.length > 0 || isStale) &&
      html`<div class="actions start"><${Button} kind="primary" why=${agreed ? undefined : say("consent.missing")} onClick=${upload.plan}>${say("upload.planAgain")}<//></div>`
    }
  </section>`;
}
