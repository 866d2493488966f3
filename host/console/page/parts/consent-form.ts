import { agrees, type Consent, type WantedConsent, withAnswer } from "../api/consent.ts";
import { html } from "../markup.ts";
import { say } from "../strings/speech.ts";
import { Foreign } from "./foreign.ts";

interface ConsentFormProps {
  readonly wanted: readonly WantedConsent[];
  readonly consent: Consent;
  readonly onChange: (consent: Consent) => void;
}

/** Boxes for what the host does only with leave, one for each thing, none of them ticked before. */
export function ConsentForm({ wanted, consent, onChange }: ConsentFormProps) {
  if (wanted.length === 0) return null;
  return html`<fieldset class="consent">
    <legend>${say("consent.legend")}</legend>
    ${wanted.map((question) => {
      const { kind, name, reason } = question;
      const tick = ({ currentTarget }: { currentTarget: HTMLInputElement }) =>
        onChange(withAnswer(consent, question, currentTarget.checked));
      return html`<label class="check" key=${`${kind} ${name}`}>
        <input type="checkbox" checked=${agrees(consent, question)} onChange=${tick} />
        <span>${say(`consent.${kind}`, { name })}${reason !== "" && html`<span class="hint"><${Foreign} text=${reason} /></span>`}</span>
      </label>`;
    })}
  </fieldset>`;
}
