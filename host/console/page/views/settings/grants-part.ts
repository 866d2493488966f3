import type { Signal } from "@preact/signals";
import type { OfferedPackages } from "../../../answers/host-answers.ts";
import { useAnswer } from "../../api/loaded.ts";
import { html } from "../../markup.ts";
import { say } from "../../strings/speech.ts";
import { JsonField } from "./json-field.ts";
import { objectAt, type SettingsObject, withInner } from "./merge-patch.ts";

/** Capabilities that a host may have which no package of WIT is told for. */
const besides = ["http", "plugins"];

/** Boxes of grants; what is ticked has settings of its own. */
export function GrantsPart({ next }: { readonly next: Signal<SettingsObject> }) {
  const { answer } = useAnswer<OfferedPackages>(["wit"]);
  const offered =
    answer?.data.packages.flatMap(({ interfaces }) => interfaces.flatMap(({ grant }) => grant ?? [])) ?? [];
  const grants = objectAt(next.value, "grants");
  const names = [...new Set([...offered, ...besides, ...Object.keys(grants)])].sort();
  const set = (name: string, value: unknown) => {
    next.value = withInner(next.value, "grants", name, value);
  };
  return html`<fieldset class="group">
    <legend>${say("settings.grants")}</legend>
    <p class="hint">${say("settings.grantsHint")}</p>
    ${names.map((name) => {
      const value = grants[name];
      const granted = value !== undefined && value !== false;
      const tick = ({ currentTarget }: { currentTarget: HTMLInputElement }) =>
        set(name, currentTarget.checked ? true : undefined);
      return html`<div class="group-part" key=${name}>
        <label class="check"><input type="checkbox" checked=${granted} onChange=${tick} /><span>${name}</span></label>
        ${granted && html`<div class="indent"><${JsonField} label=${say("settings.grantOf", { name })} value=${value} onChange=${(each: unknown) => set(name, each)} /></div>`}
      </div>`;
    })}
  </fieldset>`;
}
