import { html } from "../markup.ts";
import { say } from "../strings/speech.ts";
import { Button } from "./button.ts";
import { toast } from "./toasts.ts";

interface CodeViewProps {
  readonly text: string;
  /** Name of what it is, for screen readers. */
  readonly label: string;
  /** Lines longer than the place are wrapped. */
  readonly wrap?: boolean;
  readonly copy?: boolean;
}

/** Text as it is, to be read and copied. */
export function CodeView({ text, label, wrap = false, copy = true }: CodeViewProps) {
  const take = async () => {
    await navigator.clipboard.writeText(text);
    toast({ text: say("part.copied") });
  };
  return html`<div class="code">
    <pre class=${wrap ? "wrap" : ""} tabindex="0" role="region" aria-label=${label} dir="ltr">${text}</pre>
    ${copy && html`<div class="code-copy"><${Button} small onClick=${take}>${say("part.copy")}<//></div>`}
  </div>`;
}
