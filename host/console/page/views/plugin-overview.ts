/** Overview of one plugin: how it is, what goes wrong with it, and what it is made of. */
import type { ShownPlugin } from "../../answers/plugin-answers.ts";
import { type Content, html } from "../markup.ts";
import { Ago } from "../parts/ago.ts";
import { CodeView } from "../parts/code-view.ts";
import { bytesText, roundText } from "../parts/figures.ts";
import { Foreign } from "../parts/foreign.ts";
import { Stats } from "../parts/stats.ts";
import { say } from "../strings/speech.ts";
import { shortDigest } from "./digest.ts";
import { Facts } from "./fact-list.ts";
import { PluginRollout } from "./hosts/plugin-rollout.ts";
import { PluginBonds } from "./plugin-bonds.ts";
import type { PluginPageProps } from "./plugin-page-props.ts";
import { PluginTrouble } from "./plugin-trouble.ts";
import { SeriesCharts } from "./series-charts.ts";

export function PluginOverview({ plugin, reload }: PluginPageProps) {
  const { counters, functions, world, metadata, lateWorkers = 0 } = plugin;
  const failed = counters.traps + counters.guestErrors;
  const about = metadata?.description;
  return html`${about !== undefined && html`<p class="lead"><${Foreign} text=${about} /></p>`}
    <${PluginRollout} plugin=${plugin} reload=${reload} />
    <${PluginTrouble} plugin=${plugin} reload=${reload} />
    <${Stats}
      stats=${[
        { label: say("plugin.calls"), value: roundText(counters.calls) },
        { label: say("plugin.failed"), value: roundText(failed), tone: failed > 0 ? "warn" : undefined },
        { label: say("plugin.inFlight"), value: roundText(counters.inFlight) },
        { label: say("plugin.fuel"), value: roundText(counters.fuel) },
      ]}
    />
    ${lateWorkers > 0 && html`<p class="soft">${say("workers.missing", { n: lateWorkers })}</p>`}
    <${SeriesCharts} plugin=${plugin.name} />
    <section class="card"><h2>${say("plugin.live")}</h2><${Facts} facts=${factsOf(plugin)} /></section>
    <${PluginBonds} plugin=${plugin} />
    <section class="section">
      <h2>${say("plugin.functions")}</h2>
      ${
        functions.length === 0
          ? html`<p class="soft">${say("plugins.noFunctions")}</p>`
          : html`<ul class="names">${functions.map((name) => html`<li key=${name}><code><${Foreign} text=${name} /></code></li>`)}</ul>`
      }
    </section>
    <section class="section">
      <h2>${say("plugin.world")}</h2>
      <${CodeView} label=${say("plugin.world")} text=${world} />
    </section>`;
}

function factsOf(plugin: ShownPlugin): readonly (readonly [string, Content])[] {
  const { version, revision, deployedAt, size, settings, servedAt, metadata, counters, origin, source } =
    plugin;
  const said = metadata?.version;
  return [
    [
      say("plugin.version"),
      html`<code title=${version}>${shortDigest(version)}</code>${said !== undefined && html` (<${Foreign} text=${said} />)`}`,
    ],
    [say("plugin.revision"), html`<span class="figure">${revision}</span>, <${Ago} at=${deployedAt} />`],
    ...(origin ? [[say("plugin.origin"), originText(origin)] as const] : []),
    ...(source ? [[say("plugin.source"), sourceText(source)] as const] : []),
    [say("plugin.size"), bytesText(size)],
    [say("plugin.runs"), `${settings.mode}, ${settings.placement}`],
    [say("plugin.since"), html`<${Ago} at=${counters.since} />`],
    ...(servedAt && servedAt.length > 0
      ? [
          [
            say("plugin.servedAt"),
            servedAt.map(
              (url) =>
                html`<a class="line" href=${url} target="_blank" rel="noreferrer"><${Foreign} text=${url} /></a>`,
            ),
          ] as const,
        ]
      : []),
  ];
}

function originText({ oci, digest }: NonNullable<ShownPlugin["origin"]>): Content {
  return html`<code><${Foreign} text=${oci} /></code> <code class="soft" title=${digest}>${shortDigest(digest)}</code>`;
}

function sourceText({ oci, checkedAt, failed }: NonNullable<ShownPlugin["source"]>): Content {
  const looked =
    checkedAt === undefined ? say("source.unseen") : html`${say("source.looked")} <${Ago} at=${checkedAt} />`;
  return html`<code><${Foreign} text=${oci} /></code> <span class="soft">${looked}</span>
    ${failed && html`<div><span class="tag bad">${failed.code}</span> <${Foreign} text=${failed.detail} /></div>`}`;
}
