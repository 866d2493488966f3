import { useSignal } from "@preact/signals";
import { useId } from "preact/hooks";
import type { ShownPlugin } from "../../answers/plugin-answers.ts";
import { ask } from "../api/api-client.ts";
import { agrees, noConsent, wantedBy } from "../api/consent.ts";
import { Refused } from "../api/refused.ts";
import { whyNot } from "../api/session.ts";
import { html } from "../markup.ts";
import { Button } from "../parts/button.ts";
import { ConsentForm } from "../parts/consent-form.ts";
import { Dialog } from "../parts/dialog.ts";
import { ProblemNote } from "../parts/problem-note.ts";
import { toast } from "../parts/toasts.ts";
import { goFrom, href, place } from "../shell/router.ts";
import { say } from "../strings/speech.ts";

/** Button that removes a plugin, once it has asked: also what becomes of its data, and whom it breaks. */
export function RemoveButton({ plugin }: { readonly plugin: ShownPlugin }) {
  const open = useSignal(false);
  const press = () => {
    open.value = true;
  };
  const close = () => {
    open.value = false;
  };
  return html`<${Button} why=${whyNot("remove", plugin.name)} onClick=${press}>${say("remove.button")}<//>
    ${open.value && html`<${RemoveDialog} plugin=${plugin} onClose=${close} />`}`;
}

function RemoveDialog({ plugin, onClose }: { readonly plugin: ShownPlugin; readonly onClose: () => void }) {
  const { name, revision } = plugin;
  const id = useId();
  const consent = useSignal(noConsent);
  /** Undefined: nobody has said, and the host asks where there are any. */
  const keepData = useSignal<boolean | undefined>(undefined);
  const problem = useSignal<unknown>(undefined);
  const asksForData = useSignal(false);
  const busy = useSignal(false);
  const wanted = wantedBy(problem.value);
  const remove = async () => {
    busy.value = true;
    const begun = place.value;
    try {
      const query = { "keep-data": keepData.value, breaks: consent.value.breaks };
      await ask(["plugins", name], { method: "DELETE", ifMatch: revision, query });
      toast({ text: say("remove.done", { name }) });
      goFrom(begun, href(["plugins"]));
    } catch (error) {
      problem.value = error;
      if (error instanceof Refused && error.code === "data-kept") asksForData.value = true;
      busy.value = false;
    }
  };
  const isData = problem.value instanceof Refused && problem.value.code === "data-kept";
  const missing =
    (asksForData.value && keepData.value === undefined) ||
    !wanted.every((each) => agrees(consent.value, each));
  const choice = (keep: boolean) => html`<label class="check">
    <input type="radio" name=${id} checked=${keepData.value === keep} onChange=${() => {
      keepData.value = keep;
    }} />
    <span>${say(keep ? "remove.keep" : "remove.forget")}</span>
  </label>`;
  return html`<${Dialog} title=${say("remove.title", { name })} onClose=${onClose}>
    <div class="stack">
      <p>${say("remove.text")}</p>
      ${asksForData.value && html`<fieldset class="consent"><legend>${say("remove.data")}</legend>${choice(true)}${choice(false)}</fieldset>`}
      ${problem.value !== undefined && !isData && html`<${ProblemNote} problem=${problem.value} hasRemedy=${wanted.length > 0} />`}
      <${ConsentForm} wanted=${wanted} consent=${consent.value} onChange=${(next: typeof noConsent) => {
        consent.value = next;
      }} />
      <div class="actions">
        <${Button} onClick=${onClose}>${say("part.cancel")}<//>
        <${Button} kind="danger" busy=${busy.value} why=${missing ? say("consent.missing") : undefined} onClick=${remove}>${say("remove.button")}<//>
      </div>
    </div>
  <//>`;
}
