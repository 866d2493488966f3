/** Sign-in by a token that is pasted. */

import { signal } from "@preact/signals";
import { useState } from "preact/hooks";
import type { ShownRights } from "../../answers/access-answers.ts";
import { ask } from "../api/api-client.ts";
import { forget, remember, token } from "../api/held-token.ts";
import { Refused } from "../api/refused.ts";
import { rights } from "../api/session.ts";
import { html } from "../markup.ts";
import { Button } from "../parts/button.ts";
import { Dialog } from "../parts/dialog.ts";
import { Field } from "../parts/field.ts";
import { ProblemNote } from "../parts/problem-note.ts";
import { toast } from "../parts/toasts.ts";
import { say } from "../strings/speech.ts";

/** The dialog is open. */
const signsIn = signal(false);

/** Name of who has those rights, for people. */
export function nameOf(who: string): string {
  return who === "admin" ? say("sign.admin") : who;
}

export function openSignIn(): void {
  signsIn.value = true;
}

export function signOut(): void {
  forget();
  toast({ text: say("sign.outDone") });
}

export function SignInDialog() {
  return signsIn.value ? html`<${SignIn} />` : null;
}

function SignIn() {
  const [problem, setProblem] = useState<Refused | undefined>(undefined);
  const [missing, setMissing] = useState(false);
  const [busy, setBusy] = useState(false);
  const close = () => {
    signsIn.value = false;
  };
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const value = `${form.get("token")}`.trim();
    setMissing(value === "");
    setProblem(undefined);
    if (value === "") return;
    setBusy(true);
    try {
      // Not kept before the host has said that it is good.
      const { data } = await ask<ShownRights>(["rights"], {
        headers: { authorization: `Bearer ${value}` },
      });
      remember(value, form.get("keep") !== null);
      rights.value = data;
      close();
      toast({ text: say("sign.done", { who: nameOf(data.who) }) });
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      setProblem(error);
    } finally {
      setBusy(false);
    }
  };
  return html`<${Dialog} title=${say("sign.title")} onClose=${close}>
    <form class="stack" onSubmit=${submit} autocomplete="off">
      <p class="soft">${say("sign.text")}</p>
      <${Field} label=${say("sign.token")} error=${missing ? say("sign.empty") : undefined}>
        ${(ids: object) =>
          html`<input ...${ids} class="input mono" name="token" type="password" autocomplete="off" spellcheck=${false} data-first />`}
      <//>
      <label class="check">
        <input type="checkbox" name="keep" />
        <span>${say("sign.keep")}<span class="hint">${say("sign.keepHint")}</span></span>
      </label>
      ${problem && html`<${ProblemNote} problem=${problem} />`}
      <div class="actions">
        <${Button} onClick=${close}>${say("part.cancel")}<//>
        <${Button} kind="primary" type="submit" busy=${busy}>${say("sign.in")}<//>
      </div>
    </form>
  <//>`;
}

/** True where the host shows this visitor nothing. */
export function needsToken(): boolean {
  return token.value === undefined && rights.value !== undefined && !rights.value.may.includes("list");
}
