import { useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { send } from "../../api/api-client.ts";
import { saveFile } from "../../api/download.ts";
import { Refused } from "../../api/refused.ts";
import { html } from "../../markup.ts";
import { confirmed } from "../../parts/ask.ts";
import { Button } from "../../parts/button.ts";
import { Field } from "../../parts/field.ts";
import { Foreign } from "../../parts/foreign.ts";
import { ProblemNote } from "../../parts/problem-note.ts";
import { toast } from "../../parts/toasts.ts";
import { say } from "../../strings/speech.ts";
import { bestForm, bytesIn, textIn, type ValueForm, valueForms } from "./value-text.ts";

interface ValueEditorProps {
  readonly plugin: string;
  readonly bucket: string;
  /** Key; undefined: a new one is to be named. */
  readonly name: string | undefined;
  /** Called with the key that is there now, or none. */
  readonly onChanged: (key: string | undefined) => Promise<void>;
  readonly onClose: () => void;
}

/** Bytes that are written by hand at most; what is larger is downloaded. */
const mostEdited = 256 * 1024;

/** A value, to be read, written, saved and deleted. What somebody else has written since it was read is not written over. */
export function ValueEditor({ plugin, bucket, name, onChanged, onClose }: ValueEditorProps) {
  const key = useSignal(name ?? "");
  const bytes = useSignal<Uint8Array<ArrayBuffer> | undefined>(
    name === undefined ? new Uint8Array() : undefined,
  );
  const version = useSignal<string | undefined>(undefined);
  const form = useSignal<ValueForm>("text");
  const text = useSignal("");
  const wrong = useSignal(false);
  const problem = useSignal<unknown>(undefined);
  const busy = useSignal(false);
  const heading = useRef<HTMLHeadingElement>(null);
  const at = ["plugins", plugin, "kv", bucket];

  const load = async () => {
    try {
      const answer = await send(at, { query: { key: key.value } });
      const content = new Uint8Array(await answer.arrayBuffer());
      bytes.value = content;
      version.value = answer.headers.get("etag")?.replaceAll('"', "");
      // What is only downloaded needs no form.
      if (content.length <= mostEdited) {
        form.value = bestForm(content);
        text.value = textIn(form.value, content) ?? "";
      }
      problem.value = undefined;
    } catch (error) {
      problem.value = error;
    }
  };
  useLayoutEffect(() => heading.current?.focus(), []);
  useEffect(() => {
    if (name !== undefined) void load();
  }, []);

  const doing = async (work: () => Promise<void>) => {
    busy.value = true;
    try {
      await work();
    } catch (error) {
      problem.value = error;
    } finally {
      busy.value = false;
    }
  };
  const put = (content: Uint8Array<ArrayBuffer>, known: string | undefined) =>
    send(at, {
      method: "PUT",
      query: { key: key.value },
      body: content,
      headers: {
        "content-type": "application/octet-stream",
        ...(known === undefined && { "if-none-match": "*" }),
      },
      ifMatch: known,
    });
  const save = (event: SubmitEvent) => {
    event.preventDefault();
    const content = bytesIn(form.value, text.value);
    wrong.value = content === undefined;
    if (!content) return;
    void doing(async () => {
      await put(content, version.value);
      toast({ text: say("data.saved") });
      if (name !== undefined) await load();
      await onChanged(key.value);
    });
  };
  const remove = async () => {
    const yes = await confirmed({
      title: say("data.deleteTitle"),
      text: html`<${Foreign} text=${key.value} />`,
      action: say("data.delete"),
      danger: true,
    });
    if (!yes) return;
    void doing(async () => {
      const before = bytes.value!;
      await send(at, { method: "DELETE", query: { key: key.value }, ifMatch: version.value });
      const undo = async () => {
        await put(before, undefined).catch((error: unknown) => toast({ text: `${error}`, bad: true }));
        await onChanged(undefined);
      };
      toast({ text: say("data.deleted"), undo });
      await onChanged(undefined);
    });
  };
  const choose = ({ currentTarget }: { currentTarget: HTMLSelectElement }) => {
    const chosen = valueForms.find((each) => each === currentTarget.value)!;
    const content = bytesIn(form.value, text.value);
    const shown = content && textIn(chosen, content);
    wrong.value = shown === undefined;
    if (shown === undefined) return;
    form.value = chosen;
    text.value = shown;
  };
  const isLarge = (bytes.value?.length ?? 0) > mostEdited;
  const isStale = problem.value instanceof Refused && problem.value.code === "stale-value";
  return html`<section class="card">
    <h3 ref=${heading} tabindex="-1">${name === undefined ? say("data.add") : html`<${Foreign} text=${name} />`}</h3>
    ${isStale && html`<p>${say("data.stale")}</p>`}
    ${problem.value !== undefined && html`<${ProblemNote} problem=${problem.value} hasRemedy=${isStale}>${name !== undefined && html`<${Button} onClick=${load}>${say("data.reload")}<//>`}<//>`}
    <form class="stack" onSubmit=${save}>
      ${
        name === undefined &&
        html`<${Field} label=${say("data.key")}>
          ${(ids: object) =>
            html`<input ...${ids} class="input mono" spellcheck=${false} value=${key.value} onInput=${({
              currentTarget,
            }: {
              currentTarget: HTMLInputElement;
            }) => {
              key.value = currentTarget.value;
            }} />`}
        <//>`
      }
      ${
        isLarge
          ? html`<p class="soft">${say("data.large")}</p>`
          : html`<${Field} label=${say("data.form")} error=${wrong.value ? say("data.badForm") : undefined}>
              ${(ids: object) => html`<select ...${ids} class="select" value=${form.value} onChange=${choose}>${valueForms.map((each) => html`<option value=${each}>${say(`data.${each}`)}</option>`)}</select>`}
            <//>
            <${Field} label=${say("data.value")}>
              ${(ids: object) =>
                html`<textarea ...${ids} class="area mono" spellcheck=${false} value=${text.value} onInput=${({
                  currentTarget,
                }: {
                  currentTarget: HTMLTextAreaElement;
                }) => {
                  text.value = currentTarget.value;
                }}></textarea>`}
            <//>`
      }
      <div class="actions start">
        ${!isLarge && html`<${Button} type="submit" kind="primary" busy=${busy.value || bytes.value === undefined}>${say("data.save")}<//>`}
        ${
          name !== undefined &&
          bytes.value &&
          html`<${Button} onClick=${() => saveFile(new Blob([bytes.value!]), `${name || "value"}.bin`)}>${say("history.download")}<//>
          <${Button} busy=${busy.value} onClick=${remove}>${say("data.delete")}<//>`
        }
        <${Button} kind="quiet" onClick=${onClose}>${say("part.close")}<//>
      </div>
    </form>
  </section>`;
}
