/** Overview of the host: whether all is well, how much it does, and what happened last. */
import type { ListedPlugin } from "../../answers/plugin-answers.ts";
import { useAllPlugins } from "../api/all-plugins.ts";
import { useEvents } from "../api/event-buffer.ts";
import { may, whyNot } from "../api/session.ts";
import { html } from "../markup.ts";
import { Ago } from "../parts/ago.ts";
import { ProblemNote } from "../parts/problem-note.ts";
import { Stats } from "../parts/stats.ts";
import { href } from "../shell/router.ts";
import { say } from "../strings/speech.ts";
import { EventList } from "./event-list.ts";
import { pluginLink } from "./fact-list.ts";
import { FirstVisit } from "./first-visit.ts";
import { HostHealth } from "./host-health.ts";
import { HostList } from "./hosts/host-list.ts";
import { SeriesCharts } from "./series-charts.ts";

/** Milliseconds since which a plugin failed of late. */
const late = 3_600_000;
/** Plugins that are named. */
const most = 8;

/** Kinds of events that change what is live. */
const changes = new Set(["deployed", "refused", "removed"]);

export function OverviewPage() {
  const { plugins, problem } = useAllPlugins();
  const head = html`<header class="page-head"><h1>${say("nav.overview")}</h1></header>`;
  if (problem !== undefined && !plugins) return html`${head}<${ProblemNote} problem=${problem} />`;
  if (!plugins) return html`${head}<p class="soft" role="status">${say("part.loading")}</p>`;
  if (plugins.length === 0) return html`${head}<${FirstVisit} /><${HostHealth} />`;
  const damaged = plugins.filter((plugin) => plugin.damaged).length;
  const bad = troubled(plugins);
  const failing = bad.length - damaged;
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
          value:
            damaged > 0
              ? damagedText
              : failing > 0
                ? say("overview.failing", { n: failing })
                : say("overview.well"),
          tone: damaged > 0 ? "bad" : failing > 0 ? "warn" : "good",
        },
      ]}
    />
    <${Trouble} bad=${bad} />
    <${SeriesCharts} />
    <${Recent} />
    <${HostList} />
    <${HostHealth} />`;
}

/** Plugins that somebody has to look at: those that can't run, and those with calls that ended their cell of late. */
function troubled(plugins: readonly ListedPlugin[]): readonly ListedPlugin[] {
  const since = new Date(Date.now() - late).toISOString();
  return plugins.filter(
    ({ damaged, behind, lastTrap = "" }) => damaged !== undefined || behind !== undefined || lastTrap > since,
  );
}

function Trouble({ bad }: { bad: readonly ListedPlugin[] }) {
  if (bad.length === 0) return null;
  const shown = bad.toSorted((a, b) => urgency(b).localeCompare(urgency(a))).slice(0, most);
  return html`<section class="note bad">
    <h2>${say("overview.trouble")}</h2>
    <ul class="troubles">
      ${shown.map(
        ({ name, damaged, behind, lastTrap }) =>
          html`<li key=${name}>${pluginLink(name)}${" "}
            ${damaged && html`<span class="tag bad">${say("plugins.damaged")}</span>`}
            ${!damaged && behind && html`<span class="tag warn">${say("overview.behind")}</span>`}
            ${!damaged && lastTrap !== undefined && html` <span class="soft">${say("plugins.trapped")} <${Ago} at=${lastTrap} /></span>`}
          </li>`,
      )}
    </ul>
    ${bad.length > most && html`<p><a href=${href(["plugins"])}>${say("plugins.count", { n: bad.length })}</a></p>`}
  </section>`;
}

/** Rank: first those that can't run, then those that are behind, then by when they failed last. */
function urgency({ damaged, behind, lastTrap = "" }: ListedPlugin): string {
  return damaged ? "9" : behind ? `3${behind.since}` : lastTrap;
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
