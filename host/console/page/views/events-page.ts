/** Page of all events. */
import { html } from "../markup.ts";
import { say } from "../strings/speech.ts";
import { EventView } from "./event-view.ts";

export function EventsPage() {
  return html`<header class="page-head"><h1>${say("nav.events")}</h1></header><${EventView} />`;
}
