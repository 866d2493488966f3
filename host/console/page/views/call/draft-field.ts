/** Form of a value, made of its type. */
import { html } from "../../markup.ts";
import { Button } from "../../parts/button.ts";
import { Field } from "../../parts/field.ts";
import { bytesText } from "../../parts/figures.ts";
import { say } from "../../strings/speech.ts";
import { base64Of } from "./base64.ts";
import { type Draft, draftOfCase, emptyDraft, isRecord } from "./draft.ts";
import { type Definitions, type FormShape, shapeOf, type TypeSchema } from "./form-shape.ts";

export interface DraftFieldProps {
  readonly label: string;
  readonly schema: TypeSchema;
  readonly definitions: Definitions;
  readonly draft: Draft;
  readonly onChange: (draft: Draft) => void;
}

type Shaped<Kind extends FormShape["kind"]> = DraftFieldProps & {
  readonly shape: FormShape & { kind: Kind };
};
type Typed<T extends HTMLElement> = { readonly currentTarget: T };

export function DraftField(props: DraftFieldProps) {
  const shape = shapeOf(props.schema, props.definitions);
  switch (shape.kind) {
    case "bool":
      return html`<${BoolField} ...${props} shape=${shape} />`;
    case "enum":
      return html`<${EnumField} ...${props} shape=${shape} />`;
    case "bytes":
      return html`<${BytesField} ...${props} shape=${shape} />`;
    case "option":
      return html`<${OptionField} ...${props} shape=${shape} />`;
    case "list":
      return html`<${ListField} ...${props} shape=${shape} />`;
    case "tuple":
      return html`<${TupleField} ...${props} shape=${shape} />`;
    case "record":
      return html`<${RecordField} ...${props} shape=${shape} />`;
    case "variant":
      return html`<${VariantField} ...${props} shape=${shape} />`;
    default:
      return html`<${ScalarField} ...${props} shape=${shape} />`;
  }
}

function ScalarField({ label, shape, draft, onChange }: Shaped<"integer" | "float" | "text" | "json">) {
  const isText = shape.kind === "text";
  const change = ({ currentTarget }: Typed<HTMLInputElement | HTMLTextAreaElement>) =>
    onChange(currentTarget.value);
  const value = isText
    ? `${draft ?? ""}`
    : typeof draft === "object"
      ? JSON.stringify(draft)
      : `${draft ?? ""}`;
  const hint = [shape.docs, hintOf(shape)].filter(Boolean).join(" ");
  return html`<${Field} label=${label} hint=${hint === "" ? undefined : hint}>
    ${(ids: object) =>
      isText || shape.kind === "json"
        ? html`<textarea ...${ids} class="area one-line ${isText ? "" : "mono"}" rows="1" spellcheck=${false} value=${value} onInput=${change}></textarea>`
        : html`<input ...${ids} class="input mono" inputmode=${shape.kind === "float" ? "decimal" : "numeric"} autocomplete="off" value=${value} onInput=${change} />`}
  <//>`;
}

function hintOf(shape: FormShape): string {
  if (shape.kind === "json") return say("call.json");
  if (shape.kind !== "integer") return "";
  return shape.wide ? say("call.wide") : `${shape.min} … ${shape.max}`;
}

function BoolField({ label, shape, draft, onChange }: Shaped<"bool">) {
  const change = ({ currentTarget }: Typed<HTMLInputElement>) => onChange(currentTarget.checked);
  return html`<label class="check">
    <input type="checkbox" checked=${draft === true} onChange=${change} />
    <span>${label}${shape.docs && html`<span class="hint">${shape.docs}</span>`}</span>
  </label>`;
}

function EnumField({ label, shape, draft, onChange }: Shaped<"enum">) {
  const change = ({ currentTarget }: Typed<HTMLSelectElement>) => onChange(currentTarget.value);
  return html`<${Field} label=${label} hint=${shape.docs && shape.docs}>
    ${(ids: object) =>
      html`<select ...${ids} class="select" value=${`${draft}`} onChange=${change}>
        ${shape.names.map((name) => html`<option value=${name}>${name}</option>`)}
      </select>`}
  <//>`;
}

function BytesField({ label, shape, draft, onChange }: Shaped<"bytes">) {
  const text = typeof draft === "string" ? draft : "";
  const choose = async ({ currentTarget }: Typed<HTMLInputElement>) => {
    const [file] = currentTarget.files ?? [];
    if (file) onChange(base64Of(new Uint8Array(await file.arrayBuffer())));
  };
  const size = Math.floor((text.replace(/=+$/, "").length * 3) / 4);
  const hint = [shape.docs, say("call.bytes", { size: bytesText(size) })].filter(Boolean).join(" ");
  return html`<${Field} label=${label} hint=${hint}>
    ${(ids: object) => html`<input ...${ids} type="file" onChange=${choose} />`}
  <//>`;
}

function OptionField({ label, schema, definitions, shape, draft, onChange }: Shaped<"option">) {
  const given = draft !== null && draft !== undefined;
  const change = ({ currentTarget }: Typed<HTMLInputElement>) =>
    onChange(currentTarget.checked ? emptyDraft(shape.some, definitions) : null);
  const docs = schema.description;
  return html`<div class="group-part">
    <label class="check">
      <input type="checkbox" checked=${given} onChange=${change} />
      <span>${say("call.given", { name: label })}${docs && html`<span class="hint">${docs}</span>`}</span>
    </label>
    ${given && html`<div class="indent"><${DraftField} label=${label} schema=${shape.some} definitions=${definitions} draft=${draft} onChange=${onChange} /></div>`}
  </div>`;
}

function ListField({ label, definitions, shape, draft, onChange }: Shaped<"list">) {
  const all: readonly Draft[] = Array.isArray(draft) ? draft : [];
  const fixed = shape.length !== undefined;
  const add = () => onChange([...all, emptyDraft(shape.element, definitions)]);
  return html`<${Group} label=${label} docs=${shape.docs}>
    ${all.length === 0 && html`<p class="soft">${say("call.emptyList")}</p>`}
    ${all.map((each, i) => {
      const change = (part: Draft) => onChange(all.with(i, part));
      const remove = () => onChange(all.filter((_, at) => at !== i));
      return html`<div class="row-part" key=${i}>
        <${DraftField} label=${`${label} ${i + 1}`} schema=${shape.element} definitions=${definitions} draft=${each} onChange=${change} />
        ${!fixed && html`<${Button} kind="quiet" label=${say("call.remove", { name: `${label} ${i + 1}` })} onClick=${remove}>×<//>`}
      </div>`;
    })}
    ${!fixed && html`<div class="actions start"><${Button} small onClick=${add}>${say("call.add", { name: label })}<//></div>`}
  <//>`;
}

function TupleField({ label, definitions, shape, draft, onChange }: Shaped<"tuple">) {
  const all: readonly Draft[] = Array.isArray(draft) ? draft : [];
  return html`<${Group} label=${label} docs=${shape.docs}>
    ${shape.elements.map((schema, i) => {
      const change = (part: Draft) => onChange(shape.elements.map((_, at) => (at === i ? part : all[at])));
      return html`<${DraftField} key=${i} label=${`${label} ${i + 1}`} schema=${schema} definitions=${definitions} draft=${all[i]} onChange=${change} />`;
    })}
  <//>`;
}

function RecordField({ label, definitions, shape, draft, onChange }: Shaped<"record">) {
  const members = isRecord(draft) ? draft : {};
  return html`<${Group} label=${label} docs=${shape.docs}>
    ${shape.fields.map(([name, schema]) => {
      const change = (part: Draft) => onChange({ ...members, [name]: part });
      return html`<${DraftField} key=${name} label=${name} schema=${schema} definitions=${definitions} draft=${members[name]} onChange=${change} />`;
    })}
  <//>`;
}

function VariantField({ label, definitions, shape, draft, onChange }: Shaped<"variant">) {
  const members = isRecord(draft) ? draft : {};
  const chosen = shape.cases.find(({ tag }) => tag === members.tag);
  const choose = ({ currentTarget }: Typed<HTMLSelectElement>) => {
    const found = shape.cases.find(({ tag }) => tag === currentTarget.value);
    if (found) onChange(draftOfCase(found, definitions));
  };
  const change = (val: Draft) => onChange({ ...members, val });
  return html`<div class="group-part">
    <${Field} label=${label} hint=${shape.docs && shape.docs}>
      ${(ids: object) =>
        html`<select ...${ids} class="select" value=${chosen?.tag ?? ""} onChange=${choose}>
          ${shape.cases.map(({ tag }) => html`<option value=${tag}>${tag}</option>`)}
        </select>`}
    <//>
    ${chosen?.payload && html`<div class="indent"><${DraftField} key=${chosen.tag} label=${chosen.tag} schema=${chosen.payload} definitions=${definitions} draft=${members.val} onChange=${change} /></div>`}
  </div>`;
}

function Group({
  label,
  docs,
  children,
}: {
  readonly label: string;
  readonly docs?: string;
  readonly children?: unknown;
}) {
  return html`<fieldset class="group">
    <legend>${label}</legend>
    ${docs && html`<p class="hint">${docs}</p>`}
    ${children}
  </fieldset>`;
}
