/** Settings of a plugin as a form: changed, planned, applied, taken back. */
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { agrees, type Consent, wantedBy } from "../../api/consent.ts";
import { whyNot } from "../../api/session.ts";
import { html } from "../../markup.ts";
import { Button } from "../../parts/button.ts";
import { ConsentForm } from "../../parts/consent-form.ts";
import { Foreign } from "../../parts/foreign.ts";
import { ProblemNote } from "../../parts/problem-note.ts";
import { RolloutPlan } from "../../parts/rollout-plan.ts";
import { SettingChanges } from "../../parts/setting-changes.ts";
import { say } from "../../strings/speech.ts";
import type { PluginPageProps } from "../plugin-page-props.ts";
import { EnvPart } from "./env-part.ts";
import { GrantsPart } from "./grants-part.ts";
import { JsonField } from "./json-field.ts";
import { LimitsPart } from "./limits-part.ts";
import { isSettingsObject, objectAt, type SettingsObject } from "./merge-patch.ts";
import { useSettingsOffer } from "./settings-offer.ts";
import { type SettingsState, useSettings } from "./settings-state.ts";
import { WaysPart } from "./ways-part.ts";

export function SettingsPage({ plugin, reload }: PluginPageProps) {
  const shown = useSignal(plugin);
  const round = useSignal(0);
  const isEdited = useRef(false);
  const isApplied = useRef(false);
  useEffect(() => {
    // Whoever is at it keeps what they have written: that somebody else was quicker is told when they go on.
    if (!isEdited.current || isApplied.current) shown.value = plugin;
    isApplied.current = false;
  }, [plugin.revision]);
  const applied = async () => {
    isApplied.current = true;
    await reload();
  };
  const reset = () => {
    shown.value = plugin;
    round.value++;
  };
  return html`<${SettingsForm} key=${`${shown.value.revision} ${round.value}`} plugin=${shown.value} reload=${reload} isEdited=${isEdited} onApplied=${applied} onReset=${reset} />`;
}

interface SettingsFormProps extends Pick<PluginPageProps, "plugin" | "reload"> {
  /** Set while there are changes that nobody has applied. */
  readonly isEdited: { current: boolean };
  readonly onApplied: () => Promise<void>;
  readonly onReset: () => void;
}

/** Members that have fields of their own; what else there is, is changed as JSON. */
const ownFields = ["grants", "env", "mode", "placement", "access", "rate", "limits"];

function SettingsForm({ plugin, reload, isEdited, onApplied, onReset }: SettingsFormProps) {
  const state = useSettings(plugin, onApplied, reload);
  const offer = useSettingsOffer();
  const { next, patch, step, busy } = state;
  const changed = Object.keys(patch).length > 0;
  isEdited.current = changed;
  const edited = (object: SettingsObject) => {
    const own = Object.fromEntries(Object.entries(next.value).filter(([name]) => ownFields.includes(name)));
    next.value = { ...own, ...object };
  };
  const rest = Object.fromEntries(Object.entries(next.value).filter(([name]) => !ownFields.includes(name)));
  const checkRest = (value: unknown) => {
    if (!isSettingsObject(value)) return say("upload.badSettings");
    const own = Object.keys(value).find((name) => ownFields.includes(name));
    return own === undefined ? undefined : say("settings.ownField", { name: own });
  };
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (changed) void state.plan();
  };
  return html`<form class="stack settings" onSubmit=${submit}>
    <${GrantsPart} next=${next} offered=${offer.grants} />
    <${WaysPart} next=${next} settings=${plugin.settings} />
    <${EnvPart} next=${next} />
    <${LimitsPart} next=${next} held=${objectAt(plugin.settings, "limits")} ranges=${offer.limits} />
    <${JsonField} label=${say("settings.rest")} hint=${say("settings.restHint")} value=${rest} rows=${4} check=${checkRest} onChange=${edited} />
    <div class="actions start">
      <${Button} type="submit" kind=${step.value.at === "editing" ? "primary" : "plain"} busy=${busy.value} why=${whyNot("settings", plugin.name) ?? (changed ? undefined : say("settings.unchanged"))}>${say("settings.plan")}<//>
      ${changed && html`<${Button} kind="quiet" onClick=${onReset}>${say("settings.reset")}<//>`}
    </div>
    <div aria-live="polite"><${StepView} state=${state} /></div>
  </form>`;
}

function StepView({ state }: { readonly state: SettingsState }) {
  const { step, consent, busy } = state;
  const { value } = step;
  const change = (given: Consent) => {
    consent.value = given;
  };
  const again = (why?: string) =>
    html`<div class="actions start"><${Button} kind="primary" busy=${busy.value} why=${why} onClick=${state.plan}>${say("upload.planAgain")}<//></div>`;
  if (value.at === "editing") return null;
  if (value.at === "planned") {
    const { settingsChanges, state: fate, plannedRollout } = value.plan;
    const sendAtOnce = (yes: boolean) => {
      state.atOnce.value = yes;
    };
    return html`<section class="card">
      <h2>${say("settings.willChange")}</h2>
      <${SettingChanges} changes=${settingsChanges} />
      <p class="soft">${say("upload.state")}: ${say(`state.${fate}`)}</p>
      ${plannedRollout && html`<${RolloutPlan} rollout=${plannedRollout} atOnce=${state.atOnce.value} onChange=${sendAtOnce} />`}
      <div class="actions start"><${Button} kind="primary" busy=${busy.value} onClick=${state.apply}>${say("settings.apply")}<//></div>
    </section>`;
  }
  if (value.at === "stale")
    return html`<section class="card">
      <h2>${say("settings.stale")}</h2>
      <p>${value.who === undefined ? say("settings.staleText") : html`<${Foreign} text=${say("settings.staleWho", { who: value.who })} />`}</p>
      <${SettingChanges} changes=${value.theirs} />
      <p class="soft">${say("settings.staleNext")}</p>
      ${again()}
    </section>`;
  const wanted = wantedBy(value.problem);
  const agreed = wanted.every((each) => agrees(consent.value, each));
  return html`<section class="card">
    <h2>${say("upload.refused")}</h2>
    <${ProblemNote} problem=${value.problem} hasRemedy=${wanted.length > 0} />
    <${ConsentForm} wanted=${wanted} consent=${consent.value} onChange=${change} />
    ${wanted.length > 0 && again(agreed ? undefined : say("consent.missing"))}
  </section>`;
}
