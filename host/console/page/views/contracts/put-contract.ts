import { useSignal } from "@preact/signals";
import type { ContractOutcome } from "../../../answers/contract-answers.ts";
import { agrees, noConsent, type WantedConsent } from "../../api/consent.ts";
import { whyNot } from "../../api/session.ts";
import { putBody } from "../../api/upload-request.ts";
import { html } from "../../markup.ts";
import { Button } from "../../parts/button.ts";
import { ConsentForm } from "../../parts/consent-form.ts";
import { Dialog } from "../../parts/dialog.ts";
import { Field } from "../../parts/field.ts";
import { ProblemNote } from "../../parts/problem-note.ts";
import { toast } from "../../parts/toasts.ts";
import { say } from "../../strings/speech.ts";

interface PutContractProps {
  readonly onDone: () => Promise<void>;
}

/** Button that puts a version of a contract, once it has shown which plugins miss it. */
export function PutContractButton({ onDone }: PutContractProps) {
  const open = useSignal(false);
  const press = () => {
    open.value = true;
  };
  const close = () => {
    open.value = false;
  };
  return html`<${Button} kind="primary" why=${whyNot("contracts")} onClick=${press}>${say("contract.putOne")}<//>
    ${open.value && html`<${PutDialog} onDone=${onDone} onClose=${close} />`}`;
}

function PutDialog({ onDone, onClose }: PutContractProps & { readonly onClose: () => void }) {
  const file = useSignal<File | undefined>(undefined);
  const name = useSignal("");
  const patterns = useSignal("");
  const plan = useSignal<ContractOutcome | undefined>(undefined);
  const consent = useSignal(noConsent);
  const problem = useSignal<unknown>(undefined);
  const busy = useSignal(false);
  const wanted: readonly WantedConsent[] = (plan.value?.breaks ?? []).map(({ plugin, changes }) => ({
    kind: "breaks",
    name: plugin,
    reason: changes.map(({ message }) => message).join(" "),
  }));
  const put = async (dryRun: boolean) => {
    const plugins = patterns.value.split(/[\s,]+/).filter((each) => each !== "");
    busy.value = true;
    try {
      const { data } = await putBody<ContractOutcome>(["contracts", name.value], {
        body: file.value!,
        headers: { "content-type": "application/wasm" },
        query: { plugins, breaks: consent.value.breaks, ...(dryRun && { "dry-run": true }) },
      });
      problem.value = undefined;
      if (dryRun) plan.value = data;
      else {
        onClose();
        toast({ text: say("contract.isPut", { name: `${data.name}@${data.version}` }) });
        await onDone();
      }
    } catch (error) {
      problem.value = error;
    } finally {
      busy.value = false;
    }
  };
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (file.value && name.value !== "") void put(plan.value === undefined);
  };
  const changed = (work: () => void) => {
    work();
    plan.value = undefined;
    consent.value = noConsent;
  };
  const choose = ({ currentTarget }: { currentTarget: HTMLInputElement }) =>
    changed(() => {
      file.value = currentTarget.files?.[0];
      if (name.value === "" && file.value) name.value = file.value.name.replace(/\.wasm$/i, "").toLowerCase();
    });
  const write =
    (into: { value: string }) =>
    ({ currentTarget }: { currentTarget: HTMLInputElement }) =>
      changed(() => {
        into.value = currentTarget.value.trim();
      });
  const agreed = wanted.every((each) => agrees(consent.value, each));
  const why =
    file.value && name.value !== "" ? (agreed ? undefined : say("consent.missing")) : say("contract.needs");
  return html`<${Dialog} title=${say("contract.putOne")} onClose=${onClose}>
    <form class="stack" onSubmit=${submit}>
      <p class="soft">${say("contract.putText")}</p>
      <${Field} label=${say("contract.world")}>${(ids: object) => html`<input ...${ids} type="file" accept=".wasm" onChange=${choose} />`}<//>
      <${Field} label=${say("contract.name")}>${(ids: object) => html`<input ...${ids} class="input mono" value=${name.value} spellcheck=${false} autocapitalize="none" onInput=${write(name)} />`}<//>
      <${Field} label=${say("contract.patterns")} hint=${say("contract.patternsHint")} optional>
        ${(ids: object) => html`<input ...${ids} class="input mono" spellcheck=${false} onChange=${write(patterns)} />`}
      <//>
      ${problem.value !== undefined && html`<${ProblemNote} problem=${problem.value} />`}
      ${
        plan.value &&
        html`<div role="status" class="note ${wanted.length > 0 ? "warn" : "good"}">
          <p class="note-title">${say("contract.would", { name: `${plan.value.name}@${plan.value.version}` })}</p>
          <p>${wanted.length > 0 ? say("contract.miss", { n: wanted.length }) : say("contract.noMiss")}</p>
        </div>`
      }
      <${ConsentForm} wanted=${wanted} consent=${consent.value} onChange=${(next: typeof noConsent) => {
        consent.value = next;
      }} />
      <div class="actions">
        <${Button} onClick=${onClose}>${say("part.cancel")}<//>
        <${Button} kind="primary" type="submit" busy=${busy.value} why=${why}>${say(plan.value ? "contract.putIt" : "contract.impact")}<//>
      </div>
    </form>
  <//>`;
}
