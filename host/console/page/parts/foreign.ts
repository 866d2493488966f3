import { html } from "../markup.ts";

/** Text that somebody else wrote, between text of ours: neither turns the other around, and long words break. */
export function Foreign({ text }: { readonly text: string }) {
  return html`<bdi class="foreign">${text}</bdi>`;
}
