/** Calls of a plugin's functions, by a form made of their types. */
import { useEffect } from "preact/hooks";
import { html } from "../../markup.ts";
import { EmptyState } from "../../parts/empty-state.ts";
import { Field } from "../../parts/field.ts";
import { Foreign } from "../../parts/foreign.ts";
import { ProblemNote } from "../../parts/problem-note.ts";
import { go, href } from "../../shell/router.ts";
import { say } from "../../strings/speech.ts";
import type { PluginPageProps } from "../plugin-page-props.ts";
import { CallForm } from "./call-form.ts";
import { useCallables } from "./callables.ts";

export function CallPage({ plugin, rest }: PluginPageProps) {
  const { functions, definitions, problem } = useCallables(plugin.name);
  const asked = rest.join("/");
  const chosen = functions?.find(({ name }) => name === asked) ?? (asked === "" ? functions?.[0] : undefined);
  const place = (path: readonly string[]) => href(["plugins", plugin.name, "call", ...path]);
  const choose = ({ currentTarget }: { currentTarget: HTMLSelectElement }) =>
    go(place(functions![Number(currentTarget.value)]!.path));
  useEffect(() => {
    // The address says which one it is, to be kept and sent.
    if (asked === "" && chosen) go(place(chosen.path), true);
  }, [asked, chosen]);
  if (problem !== undefined) return html`<${ProblemNote} problem=${problem} />`;
  if (!functions) return html`<p class="soft" role="status">${say("part.loading")}</p>`;
  if (functions.length === 0)
    return html`<${EmptyState} title=${say("call.none")} text=${say("call.noneText")} />`;
  return html`<${Field} label=${say("call.function")}>
      ${(ids: object) =>
        html`<select ...${ids} class="select mono" value=${chosen ? `${functions.indexOf(chosen)}` : ""} onChange=${choose}>
          ${!chosen && html`<option value="">${asked}</option>`}
          ${functions.map(({ name }, i) => html`<option value=${`${i}`}>${name}</option>`)}
        </select>`}
    <//>
    ${!chosen && html`<p>${say("call.missing", { name: asked })}</p>`}
    ${
      chosen &&
      html`<div class="signature"><code><${Foreign} text=${chosen.type} /></code>${chosen.docs !== undefined && html`<p class="prose"><${Foreign} text=${chosen.docs} /></p>`}</div>
      <${CallForm} key=${chosen.name} plugin=${plugin} callable=${chosen} definitions=${definitions} />`
    }`;
}
