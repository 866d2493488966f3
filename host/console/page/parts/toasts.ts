/** Messages that come and go; screen readers hear them. */
import { signal } from "@preact/signals";
import { html } from "../markup.ts";
import { say } from "../strings/speech.ts";
import { Button } from "./button.ts";

export interface Toast {
  readonly text: string;
  readonly bad?: boolean;
  /** Takes back what it tells of. */
  readonly undo?: () => void;
}

interface ShownToast extends Toast {
  readonly id: number;
}

const shown = signal<readonly ShownToast[]>([]);

/** Messages at a time; the oldest goes first. */
const most = 4;
/** Milliseconds; one that something can be done with stays until it is dismissed. */
const stays = 6000;

export function toast(message: Toast): void {
  const id = (shown.value.at(-1)?.id ?? 0) + 1;
  shown.value = [...shown.value, { ...message, id }].slice(-most);
  if (!message.undo && !message.bad) setTimeout(() => dismiss(id), stays);
}

function dismiss(id: number): void {
  shown.value = shown.value.filter((each) => each.id !== id);
}

export function Toasts() {
  return html`<div class="toasts" role="log" aria-live="polite" aria-label=${say("part.messages")}>
    ${shown.value.map(({ id, text, bad, undo }) => {
      const takeBack = () => {
        dismiss(id);
        undo?.();
      };
      return html`<div key=${id} class="toast ${bad ? "bad" : ""}">
        <span>${text}</span>
        ${undo && html`<${Button} kind="quiet" onClick=${takeBack}>${say("part.undo")}<//>`}
        <button type="button" class="button quiet close" aria-label=${say("part.dismiss")} onClick=${() => dismiss(id)}>×</button>
      </div>`;
    })}
  </div>`;
}
