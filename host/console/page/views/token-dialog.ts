import { useSignal } from "@preact/signals";
import type { MadeToken } from "../../answers/access-answers.ts";
import { ask } from "../api/api-client.ts";
import { html } from "../markup.ts";
import { Button } from "../parts/button.ts";
import { CodeView } from "../parts/code-view.ts";
import { Dialog } from "../parts/dialog.ts";
import { Field } from "../parts/field.ts";
import { ProblemNote } from "../parts/problem-note.ts";
import { say } from "../strings/speech.ts";

interface TokenDialogProps {
  readonly onMade: () => Promise<void>;
  readonly onClose: () => void;
}

const scopes = ["read", "call", "data", "deploy", "configure", "grant", "admin"] as const;

/** Lifetimes that are offered, in seconds. */
const lifetimes = { hour: 3600, day: 86_400, month: 30 * 86_400, year: 365 * 86_400 } as const;

/** Form of a new token, and then the token, this once. */
export function TokenDialog({ onMade, onClose }: TokenDialogProps) {
  const made = useSignal<string | undefined>(undefined);
  const problem = useSignal<unknown>(undefined);
  const missing = useSignal(false);
  const busy = useSignal(false);
  const make = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const text = (name: string) => `${form.get(name) ?? ""}`.trim();
    const chosen = form.getAll("scope");
    missing.value = chosen.length === 0;
    if (missing.value) return;
    const plugins = text("plugins")
      .split(/[\s,]+/)
      .filter((each) => each !== "");
    const lifetime = lifetimes[text("ends") as keyof typeof lifetimes] as number | undefined;
    busy.value = true;
    try {
      const { data } = await ask<MadeToken>(["tokens"], {
        method: "POST",
        json: {
          scopes: chosen,
          ...(text("name") !== "" && { name: text("name") }),
          ...(plugins.length > 0 && { plugins }),
          ...(lifetime !== undefined && { expiresAt: new Date(Date.now() + lifetime * 1000).toISOString() }),
        },
      });
      made.value = data.token;
      await onMade();
    } catch (error) {
      problem.value = error;
    } finally {
      busy.value = false;
    }
  };
  if (made.value !== undefined)
    return html`<${Dialog} title=${say("token.made")} onClose=${onClose}>
      <div class="stack">
        <p role="status">${say("token.once")}</p>
        <${CodeView} label=${say("token.made")} text=${made.value} wrap />
        <div class="actions"><${Button} kind="primary" onClick=${onClose}>${say("token.done")}<//></div>
      </div>
    <//>`;
  return html`<${Dialog} title=${say("token.make")} onClose=${onClose}>
    <form class="stack" onSubmit=${make} autocomplete="off">
      <${Field} label=${say("token.name")} optional>${(ids: object) => html`<input ...${ids} class="input" name="name" data-first />`}<//>
      <fieldset class="group">
        <legend>${say("token.scopes")}</legend>
        ${missing.value && html`<p class="field-error" role="alert">${say("token.noScope")}</p>`}
        ${scopes.map((scope) => html`<label class="check" key=${scope}><input type="checkbox" name="scope" value=${scope} /><span>${scope}<span class="hint">${say(`scope.${scope}`)}</span></span></label>`)}
      </fieldset>
      <${Field} label=${say("token.plugins")} hint=${say("token.pluginsHint")} optional>${(ids: object) => html`<input ...${ids} class="input mono" name="plugins" spellcheck=${false} />`}<//>
      <${Field} label=${say("token.ends")}>
        ${(ids: object) => html`<select ...${ids} class="select" name="ends"><option value="day">${say("token.day")}</option><option value="hour">${say("token.hour")}</option><option value="month">${say("token.month")}</option><option value="year">${say("token.year")}</option><option value="">${say("token.ever")}</option></select>`}
      <//>
      ${problem.value !== undefined && html`<${ProblemNote} problem=${problem.value} />`}
      <div class="actions"><${Button} onClick=${onClose}>${say("part.cancel")}<//><${Button} kind="primary" type="submit" busy=${busy.value}>${say("token.make")}<//></div>
    </form>
  <//>`;
}
