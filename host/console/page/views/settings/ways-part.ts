import type { Signal } from "@preact/signals";
import { html } from "../../markup.ts";
import { Field } from "../../parts/field.ts";
import { type StringKey, say } from "../../strings/speech.ts";
import { objectAt, type SettingsObject, withInner, withMember } from "./merge-patch.ts";

interface WaysPartProps {
  readonly next: Signal<SettingsObject>;
  /** Settings that hold. */
  readonly settings: SettingsObject;
}

const choices: readonly (readonly [name: string, label: StringKey, values: readonly string[]])[] = [
  ["mode", "settings.mode", ["shared", "fresh"]],
  ["placement", "settings.placement", ["inline", "process"]],
  ["access", "settings.access", ["public", "token"]],
];

/** Fields of how cells run, who is let in, and how often. */
export function WaysPart({ next, settings }: WaysPartProps) {
  const rate = objectAt(next.value, "rate");
  const setRate = (name: string, text: string) => {
    next.value = withInner(
      next.value,
      "rate",
      name,
      text === "" ? undefined : name === "per" ? text : Number(text),
    );
  };
  return html`<fieldset class="group">
      <legend>${say("settings.ways")}</legend>
      <div class="columns">
        ${choices.map(([name, label, values]) => {
          const held = settings[name];
          const change = ({ currentTarget }: { currentTarget: HTMLSelectElement }) => {
            next.value = withMember(next.value, name, currentTarget.value || undefined);
          };
          return html`<${Field} key=${name} label=${say(label)} hint=${say(`settings.${name as "mode" | "placement" | "access"}Hint`)}>
            ${(
              ids: object,
            ) => html`<select ...${ids} class="select" value=${next.value[name] ?? ""} onChange=${change}>
              <option value="">${held === undefined ? say("settings.asHost") : say("settings.asDefault", { value: `${held}` })}</option>
              ${values.map((value) => html`<option value=${value}>${value}</option>`)}
            </select>`}
          <//>`;
        })}
      </div>
    </fieldset>
    <fieldset class="group">
      <legend>${say("settings.rate")}</legend>
      <p class="hint">${say("settings.rateHint")}</p>
      <div class="columns">
        ${(["requests", "seconds", "burst"] as const).map((name) => {
          const change = ({ currentTarget }: { currentTarget: HTMLInputElement }) =>
            setRate(name, currentTarget.value);
          return html`<${Field} key=${name} label=${say(`settings.${name}`)}>
            ${(ids: object) => html`<input ...${ids} class="input figures" type="number" min="0" step="any" value=${rate[name] ?? ""} onInput=${change} />`}
          <//>`;
        })}
        <${Field} label=${say("settings.per")}>
          ${(
            ids: object,
          ) => html`<select ...${ids} class="select" value=${rate.per ?? ""} onChange=${({ currentTarget }: { currentTarget: HTMLSelectElement }) => setRate("per", currentTarget.value)}>
            <option value="">${say("settings.asDefault", { value: "address" })}</option>
            <option value="address">address</option>
            <option value="token">token</option>
          </select>`}
        <//>
      </div>
    </fieldset>`;
}
