import { type Content, html } from "../markup.ts";

interface EmptyStateProps {
  readonly title: string;
  readonly text?: string;
  readonly children?: Content;
}

/** Words in the place of what is not there yet: why, and what to do. */
export function EmptyState({ title, text, children }: EmptyStateProps) {
  return html`<section class="empty">
    <h1>${title}</h1>
    ${text && html`<p class="soft">${text}</p>`}
    ${children && html`<div class="actions center">${children}</div>`}
  </section>`;
}
