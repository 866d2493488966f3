/** Plan of an upload: what would change, for whom, before it does. */
import type { ShownDeployment } from "../../../answers/deployment-answers.ts";
import type { ShownPlugin } from "../../../answers/plugin-answers.ts";
import { type Content, html } from "../../markup.ts";
import { ChangeList } from "../../parts/change-list.ts";
import { CodeView } from "../../parts/code-view.ts";
import { bytesText } from "../../parts/figures.ts";
import { FileChangeList } from "../../parts/file-changes.ts";
import { Foreign } from "../../parts/foreign.ts";
import { SettingChanges } from "../../parts/setting-changes.ts";
import { StageTimes } from "../../parts/stage-times.ts";
import { TextDiff } from "../../parts/text-diff.ts";
import { say } from "../../strings/speech.ts";

interface PlanViewProps {
  readonly plan: ShownDeployment;
  readonly live: ShownPlugin | undefined;
  /** Number of checks that it has passed. */
  readonly checks: number;
}

export function PlanView({ plan, live, checks }: PlanViewProps) {
  const { changes, settingsChanges, state, files, contracts = [], metadata = {}, notes = [] } = plan;
  return html`<div class="stack">
    <dl class="facts">
      <${Fact} name=${say("upload.size")}>${bytesText(plan.size)}<//>
      <${Fact} name=${say("upload.version")}><code>${plan.version.slice(7, 19)}</code><//>
      ${metadata.version !== undefined && html`<${Fact} name=${say("upload.saysVersion")}><${Foreign} text=${metadata.version} /><//>`}
      ${metadata.description !== undefined && html`<${Fact} name=${say("upload.description")}><${Foreign} text=${metadata.description} /><//>`}
      <${Fact} name=${say("upload.state")}>${say(`state.${state}`)}<//>
      <${Fact} name=${say("upload.checksTitle")}>${checks === 0 ? say("upload.noChecks") : say("upload.checksPassed", { n: checks })}<//>
      ${contracts.length > 0 && html`<${Fact} name=${say("upload.contracts")}>${contracts.map(({ name, version }) => `${name}@${version}`).join(", ")}<//>`}
    </dl>
    <${Part} title=${say("upload.callers")}>
      ${live ? html`<${ChangeList} changes=${changes} />` : html`<p class="soft">${say("upload.firstVersion")}</p>`}
    <//>
    <${Part} title=${say("upload.settings")}><${SettingChanges} changes=${settingsChanges} /><//>
    ${files && html`<${Part} title=${say("upload.files")}><${FileChangeList} files=${files} /><//>`}
    ${notes.length > 0 && html`<${Part} title=${say("upload.notes")}><ul class="changes">${notes.map((note) => html`<li><${Foreign} text=${note} /></li>`)}</ul><//>`}
    <${Part} title=${say("upload.world")}>
      ${
        live
          ? html`<${TextDiff} label=${say("upload.world")} before=${live.world} after=${plan.world} />`
          : html`<${CodeView} label=${say("upload.world")} text=${plan.world} />`
      }
    <//>
    <${Part} title=${say("upload.stages")}><${StageTimes} timings=${plan.timings} /><//>
  </div>`;
}

function Fact({ name, children }: { readonly name: string; readonly children?: Content }) {
  return html`<div><dt>${name}</dt><dd>${children}</dd></div>`;
}

function Part({ title, children }: { readonly title: string; readonly children?: Content }) {
  return html`<section class="plan-part"><h3>${title}</h3>${children}</section>`;
}
