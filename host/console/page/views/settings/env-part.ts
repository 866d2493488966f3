import { type Signal, useSignal } from "@preact/signals";
import { html } from "../../markup.ts";
import { Button } from "../../parts/button.ts";
import { Field } from "../../parts/field.ts";
import { shownText } from "../../strings/shown-text.ts";
import { say } from "../../strings/speech.ts";
import { isSettingsObject, objectAt, type SettingsObject, withInner } from "./merge-patch.ts";

/** Configuration that the plugin reads. Secrets can be replaced, and are never shown. */
export function EnvPart({ next }: { readonly next: Signal<SettingsObject> }) {
  const env = objectAt(next.value, "env");
  const added = useSignal("");
  const set = (name: string, value: unknown) => {
    next.value = withInner(next.value, "env", name, value);
  };
  const add = () => {
    const name = added.value.trim();
    if (name === "" || name in env) return;
    set(name, "");
    added.value = "";
  };
  return html`<fieldset class="group">
    <legend>${say("settings.env")}</legend>
    <p class="hint">${say("settings.envHint")}</p>
    ${Object.entries(env).map(([name, value]) => {
      const secret = isSettingsObject(value);
      const kept = secret && value.secret === true;
      const text = secret ? (typeof value.secret === "string" ? value.secret : "") : `${value}`;
      const change = ({ currentTarget }: { currentTarget: HTMLInputElement | HTMLTextAreaElement }) =>
        set(name, secret ? { secret: currentTarget.value } : currentTarget.value);
      const hide = ({ currentTarget }: { currentTarget: HTMLInputElement }) =>
        set(name, currentTarget.checked ? { secret: text } : kept ? "" : text);
      return html`<div class="row-part" key=${name}>
        <div class="group-part">
          <${Field} label=${name} hint=${!secret && shownText(text) !== text ? say("settings.envActs", { text }) : undefined}>
            ${(ids: object) =>
              secret
                ? html`<input ...${ids} class="input mono" type="password" autocomplete="off" spellcheck=${false} value=${text} placeholder=${kept ? say("settings.secretKept") : ""} onInput=${change} />`
                : html`<textarea ...${ids} class="area mono one-line" rows="1" spellcheck=${false} value=${text} onInput=${change}></textarea>`}
          <//>
          <label class="check"><input type="checkbox" checked=${secret} onChange=${hide} /><span>${say("settings.secret", { name })}</span></label>
        </div>
        <${Button} kind="quiet" label=${say("call.remove", { name })} onClick=${() => set(name, undefined)}>×<//>
      </div>`;
    })}
    <div class="row-part end">
      <${Field} label=${say("settings.envNew")}>
        ${(ids: object) =>
          html`<input ...${ids} class="input mono" autocomplete="off" spellcheck=${false} value=${added.value} onInput=${({
            currentTarget,
          }: {
            currentTarget: HTMLInputElement;
          }) => {
            added.value = currentTarget.value;
          }} />`}
      <//>
      <${Button} onClick=${add}>${say("settings.envAdd")}<//>
    </div>
  </fieldset>`;
}
