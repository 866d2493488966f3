import { html } from "../markup.ts";
import { say } from "../strings/speech.ts";
import { type DiffLine, lineDiff } from "./line-diff.ts";

interface TextDiffProps {
  /** Name of what it is, for screen readers. */
  readonly label: string;
  readonly before: string;
  readonly after: string;
}

const marks = { same: " ", gone: "-", new: "+", "left-out": "⋯" } as const;

/** Difference of two texts, line by line. */
export function TextDiff({ label, before, after }: TextDiffProps) {
  if (before === after) return html`<p class="soft">${say("diff.same")}</p>`;
  return html`<div class="code diff">
    <pre tabindex="0" role="region" aria-label=${label} dir="ltr">${lineDiff(before, after).map(line)}</pre>
  </div>`;
}

function line({ kind, text }: DiffLine) {
  const shown = `${marks[kind]} ${text}\n`;
  if (kind === "gone") return html`<del>${shown}</del>`;
  if (kind === "new") return html`<ins>${shown}</ins>`;
  return html`<span class=${kind === "same" ? "" : "soft"}>${shown}</span>`;
}
