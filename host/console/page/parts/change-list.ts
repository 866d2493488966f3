import type { ShownChange } from "../../answers/deployment-answers.ts";
import { html } from "../markup.ts";
import { say } from "../strings/speech.ts";
import { Foreign } from "./foreign.ts";

const tones = { compatible: "good", breaking: "bad", capability: "warn" } as const;

/** Changes that callers notice, the worst first. */
export function ChangeList({ changes }: { readonly changes: readonly ShownChange[] }) {
  if (changes.length === 0) return html`<p class="soft">${say("change.none")}</p>`;
  const order = ["breaking", "capability", "compatible"];
  const sorted = changes.toSorted((a, b) => order.indexOf(a.verdict) - order.indexOf(b.verdict));
  return html`<ul class="changes">
    ${sorted.map(
      ({ verdict, message }) => html`<li>
        <span class="tag ${tones[verdict]}">${say(`change.${verdict}`)}</span>
        <span><${Foreign} text=${message} /></span>
      </li>`,
    )}
  </ul>`;
}
