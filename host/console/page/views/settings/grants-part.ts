import type { Signal } from "@preact/signals";
import { html } from "../../markup.ts";
import { say } from "../../strings/speech.ts";
import { JsonField } from "./json-field.ts";
import { objectAt, type SettingsObject, withInner } from "./merge-patch.ts";
import type { SettingsOffer } from "./settings-offer.ts";

interface GrantsPartProps {
  readonly next: Signal<SettingsObject>;
  readonly offered: SettingsOffer["grants"];
}

/** Boxes of grants; what is ticked has settings of its own. */
export function GrantsPart({ next, offered }: GrantsPartProps) {
  const grants = objectAt(next.value, "grants");
  const names = [...new Set([...offered.keys(), ...Object.keys(grants)])].sort();
  const set = (name: string, value: unknown) => {
    next.value = withInner(next.value, "grants", name, value);
  };
  return html`<fieldset class="group">
    <legend>${say("settings.grants")}</legend>
    <p class="hint">${say("settings.grantsHint")}</p>
    ${names.map((name) => {
      const value = grants[name];
      const offer = offered.get(name);
      const granted = value !== undefined && value !== false;
      const tick = ({ currentTarget }: { currentTarget: HTMLInputElement }) =>
        set(name, currentTarget.checked ? (offer?.plain ?? true) : undefined);
      return html`<div class="group-part" key=${name}>
        <label class="check"><input type="checkbox" checked=${granted} onChange=${tick} /><span>${name}${offer && html`<span class="hint">${offer.allows}</span>`}</span></label>
        ${granted && html`<div class="indent"><${JsonField} label=${say("settings.grantOf", { name })} value=${value} onChange=${(each: unknown) => set(name, each)} /></div>`}
      </div>`;
    })}
  </fieldset>`;
}
