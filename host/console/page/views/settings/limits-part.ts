import type { Signal } from "@preact/signals";
import { useId } from "preact/hooks";
import { html } from "../../markup.ts";
import { language, say } from "../../strings/speech.ts";
import { objectAt, type SettingsObject, withInner } from "./merge-patch.ts";
import type { SettingsOffer } from "./settings-offer.ts";

interface LimitsPartProps {
  readonly next: Signal<SettingsObject>;
  /** Limits that hold. */
  readonly held: SettingsObject;
  readonly ranges: SettingsOffer["limits"];
}

/** Limits: what holds beside what is asked for. */
export function LimitsPart({ next, held, ranges }: LimitsPartProps) {
  const id = useId();
  const asked = objectAt(next.value, "limits");
  const count = Object.keys(asked).length;
  return html`<details class="more">
    <summary>${say("settings.limits")}${count > 0 && ` (${say("settings.limitsAsked", { n: count })})`}</summary>
    <div class="table-scroll">
      <table class="table">
        <thead><tr><th scope="col">${say("settings.limit")}</th><th scope="col" class="figures">${say("settings.holds")}</th><th scope="col" class="figures wide-only">${say("settings.range")}</th><th scope="col">${say("settings.asked")}</th></tr></thead>
        <tbody>
          ${Object.entries(held).map(([name, value]) => {
            const range = ranges.get(name);
            const change = ({ currentTarget }: { currentTarget: HTMLInputElement }) => {
              const text = currentTarget.value;
              next.value = withInner(next.value, "limits", name, text === "" ? undefined : Number(text));
            };
            return html`<tr key=${name}>
              <th scope="row" id="${id}-${name}"><code>${name}</code></th>
              <td class="figures">${figure(value)}</td>
              <td class="figures wide-only">${range && `${figure(range.minimum)} … ${figure(range.maximum)}`}</td>
              <td><input class="input figures" type="number" min="0" step="1" aria-labelledby="${id}-${name}" value=${asked[name] ?? ""} placeholder=${say("settings.default")} onInput=${change} /></td>
            </tr>`;
          })}
        </tbody>
      </table>
    </div>
  </details>`;
}

function figure(value: unknown): string {
  return Number(value).toLocaleString(language.value);
}
