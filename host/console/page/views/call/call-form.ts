import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { ShownPlugin } from "../../../answers/plugin-answers.ts";
import { apiUrl, send } from "../../api/api-client.ts";
import { signedIn, whyNot } from "../../api/session.ts";
import { html } from "../../markup.ts";
import { Button } from "../../parts/button.ts";
import { Field } from "../../parts/field.ts";
import { Foreign } from "../../parts/foreign.ts";
import { toast } from "../../parts/toasts.ts";
import { isJson, shownJson } from "../../strings/shown-text.ts";
import { say } from "../../strings/speech.ts";
import { examplesOf, type NamedArguments, namedArguments } from "./call-examples.ts";
import { type CallOutcome, CallResult } from "./call-result.ts";
import type { CallableFunction } from "./callables.ts";
import { type Draft, emptyDraft, jsonValue } from "./draft.ts";
import { DraftField } from "./draft-field.ts";
import type { Definitions } from "./form-shape.ts";
import { curlLine } from "./shell-line.ts";

interface CallFormProps {
  readonly plugin: ShownPlugin;
  readonly callable: CallableFunction;
  readonly definitions: Definitions;
}

export function CallForm({ plugin, callable, definitions }: CallFormProps) {
  const parameters = callable.parameters ?? {};
  const fields = Object.entries(parameters.properties ?? {});
  const drafts = useSignal(emptyDraft(parameters, definitions) as Readonly<Record<string, Draft>>);
  /** Arguments as somebody writes them in JSON; undefined while the form is used. */
  const text = useSignal<string | undefined>(undefined);
  const wrong = useSignal(false);
  const outcome = useSignal<CallOutcome | undefined>(undefined);
  const ending = useRef<AbortController | undefined>(undefined);
  const busy = useSignal(false);
  useEffect(() => () => ending.current?.abort(), []);

  const named = () => jsonValue(drafts.value, parameters, definitions) as NamedArguments;
  const body = () => text.value ?? JSON.stringify(fields.length === 0 ? [] : named());
  const call = async (event: SubmitEvent) => {
    event.preventDefault();
    wrong.value = text.value !== undefined && !isJson(text.value);
    if (wrong.value) return;
    const leaving = new AbortController();
    ending.current = leaving;
    busy.value = true;
    const began = performance.now();
    const took = () => performance.now() - began;
    try {
      const { signal } = leaving;
      const answer = await send(["call", plugin.name, ...callable.path], {
        method: "POST",
        body: body(),
        headers: { "content-type": "application/json" },
        signal,
      });
      const answered = await answer.text();
      const fuel = answer.headers.get("hotcell-fuel");
      outcome.value = { text: answered, ms: took(), ...(fuel !== null && { fuel: Number(fuel) }) };
    } catch (problem) {
      outcome.value = leaving.signal.aborted ? undefined : { problem, ms: took() };
    } finally {
      busy.value = false;
    }
  };
  const write = () => {
    text.value = shownJson(named(), 2);
  };
  const fill = () => {
    if (isJson(text.value!)) {
      const known = namedArguments(
        JSON.parse(text.value!),
        fields.map(([name]) => name),
      );
      drafts.value = { ...(emptyDraft(parameters, definitions) as object), ...known };
      text.value = undefined;
    } else wrong.value = true;
  };
  const take = (example: NamedArguments) => () => {
    drafts.value = { ...(emptyDraft(parameters, definitions) as object), ...example };
    if (text.value !== undefined) text.value = shownJson(example, 2);
  };
  const copy = async () => {
    const url = apiUrl(["call", plugin.name, ...callable.path]).href;
    await navigator.clipboard.writeText(curlLine(url, body(), signedIn.value));
    toast({ text: say("call.copied") });
  };
  const examples = examplesOf(plugin.checks, callable);
  return html`<form class="stack call-form" onSubmit=${call}>
    ${
      examples.length > 0 &&
      fields.length > 0 &&
      html`<div class="examples"><span class="soft">${say("call.examples")}</span>
        ${examples.map((example) => html`<${Button} small onClick=${take(example)}><span class="example"><${Foreign} text=${briefly(example)} /></span><//>`)}
      </div>`
    }
    ${fields.length === 0 && html`<p class="soft">${say("call.noParameters")}</p>`}
    ${
      text.value === undefined
        ? fields.map(
            ([name, schema]) =>
              html`<${DraftField}
                key=${name}
                label=${name}
                schema=${schema}
                definitions=${definitions}
                draft=${drafts.value[name]}
                onChange=${(draft: Draft) => {
                  drafts.value = { ...drafts.value, [name]: draft };
                }}
              />`,
          )
        : html`<${Field} label=${say("call.arguments")} hint=${say("call.argumentsHint")} error=${wrong.value ? say("call.badJson") : undefined}>
            ${(ids: object) =>
              html`<textarea
                ...${ids}
                class="area mono"
                spellcheck=${false}
                value=${text.value}
                onInput=${({ currentTarget }: { currentTarget: HTMLTextAreaElement }) => {
                  text.value = currentTarget.value;
                }}
              ></textarea>`}
          <//>`
    }
    <div class="actions start">
      <${Button} type="submit" kind="primary" busy=${busy.value} why=${whyNot("call", plugin.name)}>${say("call.call")}<//>
      ${busy.value && html`<${Button} onClick=${() => ending.current?.abort()}>${say("part.cancel")}<//>`}
      ${fields.length > 0 && html`<${Button} kind="quiet" onClick=${text.value === undefined ? write : fill}>${say(text.value === undefined ? "call.asJson" : "call.asForm")}<//>`}
      <${Button} kind="quiet" onClick=${copy}>${say("call.curl")}<//>
    </div>
    <div aria-live="polite">${outcome.value && html`<${CallResult} outcome=${outcome.value} name=${callable.name} />`}</div>
  </form>`;
}

function briefly(example: NamedArguments): string {
  const text = Object.values(example)
    .map((value) => shownJson(value))
    .join(", ");
  return text.length > 48 ? `${text.slice(0, 48)}…` : text;
}
