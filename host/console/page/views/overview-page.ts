/** Overview of the host: whether all is well, how much it does, and what happened last. */
import { useAllPlugins } from "../api/all-plugins.ts";
import { useEvents } from "../api/event-buffer.ts";
import { may, whyNot } from "../api/session.ts";
import { html } from "../markup.ts";
import { ProblemNote } from "../parts/problem-note.ts";
import { Stats } from "../parts/stats.ts";
import { href } from "../shell/router.ts";
import { say } from "../strings/speech.ts";
import { EventList } from "./event-list.ts";
import { FirstVisit } from "./first-visit.ts";

/** Kinds of events that change what is live. */
const changes = new Set(["deployed", "refused", "removed"]);

export function OverviewPage() {
  const { plugins, problem } = useAllPlugins();
  const head = html`<header class="page-head"><h1>${say("nav.overview")}</h1></header>`;
  if (problem !== undefined && !plugins) return html`${head}<${ProblemNote} problem=${problem} />`;
  if (!plugins) return html`${head}<p class="soft" role="status">${say("part.loading")}</p>`;
  if (plugins.length === 0) return html`${head}<${FirstVisit} />`;
  const damaged = plugins.filter((plugin) => plugin.damaged).length;
  const damagedText = html`<a href=${href(["plugins"], { damaged: "true" })}>${say("overview.damaged", { n: damaged })}</a>`;
  return html`${head}
    <${Stats}
      stats=${[
        {
          label: say("nav.plugins"),
          value: html`<a href=${href(["plugins"])}>${plugins.length.toLocaleString()}</a>`,
        },
        {
          label: say("overview.state"),
          value: damaged > 0 ? damagedText : say("overview.well"),
          tone: damaged > 0 ? "bad" : "good",
        },
      ]}
    />
    <${Recent} />`;
}

function Recent() {
  const refusal = whyNot("events");
  const { events } = useEvents(undefined, false, may("events"), 500);
  const recent = events.filter(({ kind }) => changes.has(kind)).slice(0, 12);
  return html`<section class="section">
    <h2>${say("overview.recent")}</h2>
    ${refusal !== undefined && html`<p class="soft">${refusal}</p>`}
    ${refusal === undefined && recent.length === 0 && html`<p class="soft">${say("events.none")}</p>`}
    <${EventList} events=${recent} label=${say("overview.recent")} />
  </section>`;
}
