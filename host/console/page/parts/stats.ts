import { type Content, html } from "../markup.ts";

export interface Stat {
  readonly label: string;
  readonly value: Content;
  readonly tone?: "good" | "warn" | "bad" | undefined;
}

/** A few figures beside each other, each with what it is. */
export function Stats({ stats }: { readonly stats: readonly Stat[] }) {
  return html`<dl class="stats">
    ${stats.map(
      ({ label, value, tone }) =>
        html`<div class="stat"><dt>${label}</dt><dd class="figure ${tone ? `tone-${tone}` : ""}">${value}</dd></div>`,
    )}
  </dl>`;
}
