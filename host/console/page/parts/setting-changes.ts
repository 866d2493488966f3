import type { ShownSettingChange } from "../../answers/deployment-answers.ts";
import { html } from "../markup.ts";
import { shownJson } from "../strings/shown-text.ts";
import { say } from "../strings/speech.ts";
import { Foreign } from "./foreign.ts";

/** Settings before and after. */
export function SettingChanges({ changes }: { readonly changes: readonly ShownSettingChange[] }) {
  if (changes.length === 0) return html`<p class="soft">${say("settings.noChange")}</p>`;
  return html`<ul class="changes">
    ${changes.map(
      ({ path, from, to, kind }) => html`<li>
        <code><${Foreign} text=${path} /></code>
        <span class="from-to">
          ${from !== undefined && html`<del><${Foreign} text=${valueText(from)} /></del> `}
          ${to === undefined ? html`<em class="soft">${say("settings.default")}</em>` : html`<ins><${Foreign} text=${valueText(to)} /></ins>`}
          ${kind !== "configure" && html` <span class="tag warn">${kind}</span>`}
        </span>
      </li>`,
    )}
  </ul>`;
}

function valueText(value: unknown): string {
  const text = shownJson(value);
  return text.length > 300 ? `${text.slice(0, 300)} …` : text;
}
