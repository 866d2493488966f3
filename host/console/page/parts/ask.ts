/** Questions before something that takes away: `if (await confirmed({ … }))`. */
import { signal } from "@preact/signals";
import { type Content, html } from "../markup.ts";
import { say } from "../strings/speech.ts";
import { Button } from "./button.ts";
import { Dialog } from "./dialog.ts";

interface Question {
  readonly title: string;
  /** Consequences. */
  readonly text: Content;
  /** Words on the button that does it. */
  readonly action: string;
  readonly danger?: boolean;
}

interface OpenQuestion extends Question {
  readonly answer: (yes: boolean) => void;
}

const open = signal<OpenQuestion | undefined>(undefined);

/** True once they have said so. A question that another one takes the place of is answered with no. */
export function confirmed(question: Question): Promise<boolean> {
  open.value?.answer(false);
  return new Promise((answer) => {
    open.value = { ...question, answer };
  });
}

export function Questions() {
  const { value } = open;
  if (!value) return null;
  const { title, text, action, danger = false, answer } = value;
  const end = (yes: boolean) => () => {
    open.value = undefined;
    answer(yes);
  };
  return html`<${Dialog} title=${title} onClose=${end(false)}>
    <div class="stack">
      <div>${text}</div>
      <div class="actions">
        <${Button} onClick=${end(false)}>${say("part.cancel")}<//>
        <${Button} kind=${danger ? "danger" : "primary"} onClick=${end(true)}>${action}<//>
      </div>
    </div>
  <//>`;
}
