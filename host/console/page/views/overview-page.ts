/** Overview of the host. */
import { html } from "../markup.ts";
import { say } from "../strings/speech.ts";

export function OverviewPage() {
  return html`<header class="page-head"><h1>${say("nav.overview")}</h1></header>`;
}
