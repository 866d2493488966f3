import { useSignal } from "@preact/signals";
import { html } from "../../markup.ts";
import { Field } from "../../parts/field.ts";
import { shownJson } from "../../strings/shown-text.ts";
import { say } from "../../strings/speech.ts";

interface JsonFieldProps {
  readonly label: string;
  readonly hint?: string;
  readonly value: unknown;
  readonly rows?: number;
  /** Reason for which a value is not taken. */
  readonly check?: (value: unknown) => string | undefined;
  readonly onChange: (value: unknown) => void;
}

/** Value as JSON; what is none is not taken over, and said to be none. */
export function JsonField({
  label,
  hint,
  value,
  rows = 2,
  check = () => undefined,
  onChange,
}: JsonFieldProps) {
  const text = useSignal(shownJson(value, 2));
  const error = useSignal<string | undefined>(undefined);
  const change = ({ currentTarget }: { currentTarget: HTMLTextAreaElement }) => {
    text.value = currentTarget.value;
    try {
      const read: unknown = JSON.parse(text.value);
      error.value = check(read);
      if (error.value === undefined) onChange(read);
    } catch {
      error.value = say("call.badJson");
    }
  };
  return html`<${Field} label=${label} hint=${hint} error=${error.value}>
    ${(ids: object) => html`<textarea ...${ids} class="area mono one-line" rows=${rows} spellcheck=${false} value=${text.value} onInput=${change}></textarea>`}
  <//>`;
}
