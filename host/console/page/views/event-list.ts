/** Events as people read them: when, what, whose, and a sentence. */
import type { ShownEvent } from "../../answers/host-answers.ts";
import { html } from "../markup.ts";
import { Ago } from "../parts/ago.ts";
import { Foreign } from "../parts/foreign.ts";
import { href } from "../shell/router.ts";
import { eventText } from "./event-text.ts";

const tones: Readonly<Record<string, string>> = {
  deployed: "good",
  refused: "bad",
  removed: "warn",
  dropped: "warn",
  trapped: "bad",
};

export function EventList({
  events,
  label,
  of,
}: {
  events: readonly ShownEvent[];
  label: string;
  of?: string;
}) {
  return html`<ol class="events" aria-label=${label}>
    ${events.map(
      (event) => html`<li key=${event.id} class="event">
        <span class="event-at"><${Ago} at=${event.at} /></span>
        <span class="event-kind"><span class="tag ${toneOf(event)}"><${Foreign} text=${kindOf(event)} /></span></span>
        <span class="event-text">
          ${
            event.plugin !== undefined &&
            event.plugin !== of &&
            html`<a class="event-plugin" href=${href(["plugins", event.plugin])}><${Foreign} text=${event.plugin} /></a> `
          }
          <${Foreign} text=${eventText(event)} />
          ${event.who !== undefined && html` <span class="soft">(<${Foreign} text=${event.who} />)</span>`}
        </span>
      </li>`,
    )}
  </ol>`;
}

function levelOf({ kind, data }: ShownEvent): string | undefined {
  const { level } = (data ?? {}) as { level?: unknown };
  return kind === "log" && typeof level === "string" ? level : undefined;
}

function kindOf(event: ShownEvent): string {
  return levelOf(event) ?? event.kind;
}

function toneOf(event: ShownEvent): string {
  const level = levelOf(event);
  if (level === "error" || level === "critical") return "bad";
  return level === "warn" ? "warn" : (tones[event.kind] ?? "");
}
