import { useId } from "preact/hooks";
import { html } from "../markup.ts";
import { say } from "../strings/speech.ts";

/** Attributes that the control of a field gets. */
interface ControlIds {
  readonly id: string;
  readonly "aria-describedby": string | undefined;
  readonly "aria-invalid": "true" | undefined;
}

interface FieldProps {
  readonly label: string;
  readonly hint?: string | undefined;
  readonly error?: string | undefined;
  readonly optional?: boolean;
  readonly children: (ids: ControlIds) => unknown;
}

/** A control with its label, what helps to fill it in, and what is wrong with it. */
export function Field({ label, hint, error, optional = false, children }: FieldProps) {
  const id = useId();
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ");
  const control = children({
    id,
    "aria-describedby": described || undefined,
    "aria-invalid": error === undefined ? undefined : "true",
  });
  return html`<div class="field">
    <label for=${id}>${label}${optional && html` <span class="soft">(${say("part.optional")})</span>`}</label>
    ${control}
    ${hint && html`<p id="${id}-hint" class="hint">${hint}</p>`}
    ${error && html`<p id="${id}-error" class="field-error">${error}</p>`}
  </div>`;
}
