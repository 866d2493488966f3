import { html } from "../../markup.ts";
import { Button } from "../../parts/button.ts";
import { bytesText } from "../../parts/figures.ts";
import { say } from "../../strings/speech.ts";
import type { UploadStep } from "./upload-state.ts";

interface SendingViewProps {
  readonly step: UploadStep & { at: "sending" };
  readonly onCancel: () => void;
}

/** Progress of an upload: of what is sent first, then of the host's work, which is not known. */
export function SendingView({ step: { sent, all, dryRun, tries }, onCancel }: SendingViewProps) {
  const isSent = all > 0 && sent >= all;
  const text = isSent
    ? say(dryRun ? "upload.planning" : tries ? "rollout.waiting" : "upload.deploying")
    : say("upload.sending", { sent: bytesText(sent), all: bytesText(all) });
  return html`<section class="card" aria-busy="true">
    <p role="status">${text}</p>
    <progress class="progress" max="1" value=${isSent || all === 0 ? undefined : sent / all} aria-label=${text}></progress>
    <div class="actions start"><${Button} onClick=${onCancel}>${say("part.cancel")}<//></div>
  </section>`;
}
