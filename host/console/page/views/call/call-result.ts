import { Refused } from "../../api/refused.ts";
import { html } from "../../markup.ts";
import { CodeView } from "../../parts/code-view.ts";
import { ProblemNote } from "../../parts/problem-note.ts";
import { millisecondsText } from "../../parts/stage-times.ts";
import { prettyJson } from "../../strings/shown-text.ts";
import { language, say } from "../../strings/speech.ts";

/** Outcome of a call, with the milliseconds until its answer was there. */
export interface CallOutcome {
  readonly ms: number;
  /** Result as JSON; empty where there is none. */
  readonly text?: string;
  readonly fuel?: number;
  readonly problem?: unknown;
}

/** Characters of a result that are shown. */
const most = 200_000;

export function CallResult({ outcome, name }: { readonly outcome: CallOutcome; readonly name: string }) {
  const { text, ms, fuel, problem } = outcome;
  const figures = html`<p class="soft figures">${millisecondsText(ms)}${fuel !== undefined && ` · ${say("call.fuel", { n: fuel.toLocaleString(language.value) })}`}</p>`;
  if (problem instanceof Refused && problem.code === "guest-error") {
    const payload = problem.facts.payload;
    return html`<section class="result stack">
      <h2>${say("call.guestError")}</h2>
      <${CodeView} label=${say("call.errorOf", { name })} text=${JSON.stringify(payload ?? null, null, 2)} wrap />
      ${figures}
    </section>`;
  }
  if (problem !== undefined) {
    const stack =
      problem instanceof Refused && Array.isArray(problem.facts.stack) ? problem.facts.stack.map(String) : [];
    return html`<section class="result stack">
      <${ProblemNote} problem=${problem} />
      ${stack.length > 0 && html`<${CodeView} label=${say("call.stack")} text=${stack.join("\n")} />`}
      ${figures}
    </section>`;
  }
  return html`<section class="result stack">
    <h2>${say("call.result")}</h2>
    ${text === "" ? html`<p class="soft">${say("call.nothing")}</p>` : html`<${CodeView} label=${say("call.resultOf", { name })} text=${shownResult(text!)} wrap />`}
    ${text!.length > most && html`<p class="soft">${say("call.cut", { n: text!.length })}</p>`}
    ${figures}
  </section>`;
}

function shownResult(text: string): string {
  const shown = text.length > 10 * most ? undefined : prettyJson(text);
  return (shown ?? text).slice(0, most);
}
