/** Bonds of a plugin with others: links, contracts, schedule. */
import type { ShownPlugin } from "../../answers/plugin-answers.ts";
import { type Content, html } from "../markup.ts";
import { Ago } from "../parts/ago.ts";
import { Foreign } from "../parts/foreign.ts";
import { TableView } from "../parts/table-view.ts";
import { href } from "../shell/router.ts";
import { say } from "../strings/speech.ts";
import { Facts, pluginLink } from "./fact-list.ts";

export function PluginBonds({ plugin }: { plugin: ShownPlugin }) {
  const { links, contracts = [], schedule = [] } = plugin;
  const facts: (readonly [string, Content])[] = [];
  const to = Object.entries(links?.to ?? {});
  if (to.length > 0) {
    const lines = to.map(
      ([name, other]) => html`<div><code><${Foreign} text=${name} /></code> → ${pluginLink(other)}</div>`,
    );
    facts.push([say("plugin.linksTo"), lines]);
  }
  const from = links?.from ?? [];
  if (from.length > 0)
    facts.push([say("plugin.linksFrom"), from.map((name, i) => html`${i > 0 && ", "}${pluginLink(name)}`)]);
  if (contracts.length > 0) {
    const lines = contracts.map(
      ({ name, version }) =>
        html`<div><a href=${href(["contracts"])}><${Foreign} text=${name} /></a> <span class="soft figure">${say("contract.version", { n: version })}</span></div>`,
    );
    facts.push([say("plugin.contracts"), lines]);
  }
  return html`${facts.length > 0 && html`<section class="card"><h2>${say("plugin.bonds")}</h2><${Facts} facts=${facts} /></section>`}
    ${
      schedule.length > 0 &&
      html`<section class="section"><h2>${say("plugin.schedule")}</h2>
        <${TableView}
          label=${say("plugin.schedule")}
          rows=${schedule}
          keyOf=${({ name }: ScheduledRow) => name}
          columns=${[
            {
              title: say("schedule.call"),
              cell: ({ name }: ScheduledRow) => html`<code><${Foreign} text=${name} /></code>`,
            },
            {
              title: say("schedule.next"),
              cell: ({ next, running }: ScheduledRow) =>
                running ? say("schedule.running") : next === null ? "–" : html`<${Ago} at=${next} />`,
            },
            {
              title: say("schedule.ran"),
              figures: true,
              cell: ({ ran }: ScheduledRow) => ran.toLocaleString(),
            },
            {
              title: say("schedule.failed"),
              figures: true,
              cell: ({ failed }: ScheduledRow) => failed.toLocaleString(),
            },
            {
              title: say("schedule.missed"),
              figures: true,
              wideOnly: true,
              cell: ({ missed }: ScheduledRow) => missed.toLocaleString(),
            },
          ]}
        /></section>`
    }`;
}

type ScheduledRow = NonNullable<ShownPlugin["schedule"]>[number];
