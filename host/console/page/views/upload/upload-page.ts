/** Upload of a component: chosen, planned, agreed to, made live. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { wantedBy } from "../../api/consent.ts";
import { whyNot } from "../../api/session.ts";
import { html } from "../../markup.ts";
import { Button } from "../../parts/button.ts";
import { Field } from "../../parts/field.ts";
import { FileDrop } from "../../parts/file-drop.ts";
import { place, setQuery } from "../../shell/router.ts";
import { say } from "../../strings/speech.ts";
import { isPluginName, proposedName, withChosen } from "./chosen-files.ts";
import { ChosenList } from "./chosen-list.ts";
import { droppedFiles } from "./dropped-files.ts";
import { SendingView } from "./sending-view.ts";
import { UploadOutcome } from "./upload-outcome.ts";
import { UploadPlan } from "./upload-plan.ts";
import { UploadRefusal } from "./upload-refusal.ts";
import { type UploadState, useUpload } from "./upload-state.ts";

export function UploadPage() {
  const upload = useUpload(place.value.query.get("plugin") ?? "");
  const { step, chosen, name } = upload;
  const add = (files: readonly File[]) => {
    if (step.value.at === "sending") return;
    const { wasm: before } = chosen.value;
    const isSettings = (file: File) => /^settings\.json$/i.test(file.name);
    void files
      .find(isSettings)
      ?.text()
      .then((text) => {
        upload.settings.value = text;
        upload.edited(false);
      });
    chosen.value = withChosen(
      chosen.value,
      files.filter((file) => !isSettings(file)),
    );
    const { wasm } = chosen.value;
    if (wasm && name.value === "") name.value = proposedName(wasm.name);
    upload.edited(wasm !== before);
  };
  useEffect(() => {
    if (droppedFiles.value.length === 0) return;
    add(droppedFiles.value);
    droppedFiles.value = [];
  }, [droppedFiles.value]);
  const { at } = step.value;
  return html`<header class="page-head"><h1>${say("upload.title")}</h1></header>
    ${at === "done" ? null : html`<${Choice} upload=${upload} add=${add} />`}
    ${at === "sending" && html`<${SendingView} step=${step.value} onCancel=${upload.cancel} />`}
    ${at === "refused" && html`<${UploadRefusal} upload=${upload} refused=${step.value} wanted=${wantedBy(step.value.problem)} />`}
    ${at === "planned" && html`<${UploadPlan} upload=${upload} planned=${step.value} />`}
    ${at === "done" && html`<${UploadOutcome} upload=${upload} done=${step.value} />`}`;
}

interface ChoiceProps {
  readonly upload: UploadState;
  readonly add: (files: readonly File[]) => void;
}

function Choice({ upload, add }: ChoiceProps) {
  const { chosen, name, settings, step } = upload;
  const wrong = useSignal<"name" | "settings" | undefined>(undefined);
  const change = ({ currentTarget }: { currentTarget: HTMLInputElement }) => {
    name.value = currentTarget.value.trim();
    setQuery({ plugin: name.value });
    upload.edited(true);
  };
  const changeSettings = ({ currentTarget }: { currentTarget: HTMLTextAreaElement }) => {
    settings.value = currentTarget.value;
    upload.edited(false);
  };
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    wrong.value = isPluginName(name.value) ? (isObjectText(settings.value) ? undefined : "settings") : "name";
    if (wrong.value === undefined && chosen.value.wasm) void upload.plan();
  };
  const { wasm } = chosen.value;
  return html`<form class="stack" onSubmit=${submit} inert=${step.value.at === "sending"}>
    <${FileDrop} label=${say("upload.drop")} hint=${say("upload.dropHint")} accept=".wasm,.json,.tar" onFiles=${add}>
      <${ChosenList} upload=${upload} />
    <//>
    ${
      wasm &&
      html`<div class="columns">
        <${Field} label=${say("upload.name")} hint=${say("upload.nameHint")} error=${wrong.value === "name" ? say("upload.badName") : undefined}>
          ${(ids: object) => html`<input ...${ids} class="input mono" name="plugin" value=${name.value} onInput=${change} spellcheck=${false} autocapitalize="none" />`}
        <//>
      </div>
      <details class="more" open=${wrong.value === "settings" || settings.value !== ""}>
        <summary>${say("upload.more")}</summary>
        <${Field} label=${say("upload.settingsText")} hint=${say("upload.settingsHint")} optional error=${wrong.value === "settings" ? say("upload.badSettings") : undefined}>
          ${(ids: object) => html`<textarea ...${ids} class="area mono" name="settings" spellcheck=${false} value=${settings.value} onInput=${changeSettings} placeholder='{"mode":"fresh"}'></textarea>`}
        <//>
      </details>
      <div class="actions start">
        <${Button} type="submit" kind=${step.value.at === "choosing" ? "primary" : "plain"} busy=${step.value.at === "sending"} why=${whyNot("deploy", name.value || undefined)}>${say(step.value.at === "choosing" ? "upload.plan" : "upload.planAgain")}<//>
      </div>`
    }
  </form>`;
}

function isObjectText(text: string): boolean {
  if (text.trim() === "") return true;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
