import { useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import { ask } from "../../api/api-client.ts";
import { noConsent } from "../../api/consent.ts";
import { html } from "../../markup.ts";
import { Button } from "../../parts/button.ts";
import { CodeView } from "../../parts/code-view.ts";
import { ProblemNote } from "../../parts/problem-note.ts";
import { SettingChanges } from "../../parts/setting-changes.ts";
import { StageTimes } from "../../parts/stage-times.ts";
import { toast } from "../../parts/toasts.ts";
import { goFrom, href, place } from "../../shell/router.ts";
import { say } from "../../strings/speech.ts";
import { tallyText } from "../hosts/plugin-rollout.ts";
import type { UploadState, UploadStep } from "./upload-state.ts";

interface UploadOutcomeProps {
  readonly upload: UploadState;
  readonly done: UploadStep & { at: "done" };
}

/** Outcome of an upload, and the way back. */
export function UploadOutcome({ upload, done: { deployment, live } }: UploadOutcomeProps) {
  const { plugin, outcome, revision, version, timings, settingsChanges, servedAt = [], rollout } = deployment;
  const heading = useRef<HTMLHeadingElement>(null);
  const problem = useSignal<unknown>(undefined);
  const busy = useSignal(false);
  useLayoutEffect(() => heading.current?.focus(), []);
  const isOther = live !== undefined && live.version !== version;
  const undo = async () => {
    busy.value = true;
    const begun = place.value;
    try {
      if (live)
        await ask(["plugins", plugin, "rollback"], {
          method: "POST",
          json: { to: live.version },
          ifMatch: revision,
        });
      else await ask(["plugins", plugin], { method: "DELETE", ifMatch: revision });
      toast({
        text: live ? say("upload.undone", { name: plugin }) : say("upload.removedAgain", { name: plugin }),
      });
      goFrom(begun, live ? href(["plugins", plugin, "history"]) : href(["plugins"]));
    } catch (error) {
      problem.value = error;
    } finally {
      busy.value = false;
    }
  };
  const again = () => {
    upload.chosen.value = { files: [] };
    upload.consent.value = noConsent;
    upload.settings.value = "";
    upload.step.value = { at: "choosing" };
  };
  return html`<section class="card">
    <h2 ref=${heading} tabindex="-1">${say(`upload.${outcome === "planned" ? "unchanged" : outcome}`, { name: plugin, revision })}</h2>
    <div class="actions start">
      <a class="button primary" href=${href(["plugins", plugin])}>${say("upload.open", { name: plugin })}</a>
      <${Button} onClick=${again}>${say("upload.another")}<//>
      ${(isOther || !live) && html`<${Button} busy=${busy.value} onClick=${undo}>${say(live ? "upload.undo" : "upload.remove")}<//>`}
    </div>
    ${rollout?.first && html`<p>${say("rollout.went", { tally: tallyText(rollout.first) })}</p>`}
    ${isOther && settingsChanges.length > 0 && html`<p class="soft">${say("upload.undoKeeps")}</p>`}
    ${problem.value !== undefined && html`<${ProblemNote} problem=${problem.value} />`}
    ${servedAt.length > 0 && html`<h3>${say("upload.servedAt")}</h3><ul>${servedAt.map((url) => html`<li><a href=${url} target="_blank" rel="noreferrer">${url}</a></li>`)}</ul>`}
    ${settingsChanges.length > 0 && html`<h3>${say("upload.settings")}</h3><${SettingChanges} changes=${settingsChanges} />`}
    <h3>${say("upload.stages")}</h3>
    <${StageTimes} timings=${timings} />
    <h3>${say("upload.world")}</h3>
    <${CodeView} label=${say("upload.world")} text=${deployment.world} />
  </section>`;
}
