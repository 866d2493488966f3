/** Curves of what the host, or one plugin, does. */
import { useMemo } from "preact/hooks";
import { type SeriesSpan, type ShownSeries, useSeries } from "../api/series.ts";
import { may, rights } from "../api/session.ts";
import { html } from "../markup.ts";
import { Chart, type Curve } from "../parts/chart.ts";
import { bytesText, roundText, secondsText } from "../parts/figures.ts";
import { ProblemNote } from "../parts/problem-note.ts";
import { place, setQuery } from "../shell/router.ts";
import { say } from "../strings/speech.ts";

const spans = ["hour", "day"] as const satisfies readonly SeriesSpan[];

export function SeriesCharts({ plugin }: { plugin?: string }) {
  const span = place.value.query.get("range") === "day" ? "day" : "hour";
  // A token that is limited to some plugins is told nothing of all together.
  const allowed = plugin === undefined ? may("list") && rights.value?.plugins === null : may("read", plugin);
  const { series, problem } = useSeries(plugin, span, allowed);
  if (!allowed) return null;
  return html`<section class="section" aria-label=${say("series.title")}>
    <div class="section-head">
      <h2>${say("series.title")}</h2>
      <div class="choice" role="group" aria-label=${say("series.span")}>
        ${spans.map(
          (name) =>
            html`<button type="button" class="choice-part" aria-pressed=${name === span ? "true" : "false"} onClick=${() => setQuery({ range: name === "hour" ? undefined : name })}>${say(`series.${name}`)}</button>`,
        )}
      </div>
    </div>
    ${problem !== undefined && !series && html`<${ProblemNote} problem=${problem} />`}
    ${series && series.times.length < 2 && html`<p class="soft quiet-place">${say(plugin === undefined ? "series.soon" : "series.unused")}</p>`}
    ${series && series.times.length > 1 && html`<${Charts} series=${series} />`}
  </section>`;
}

function Charts({ series }: { series: ShownSeries }) {
  const { times, step, column } = series;
  const last = times.at(-1);
  const charts = useMemo(() => chartsOf(step, column), [last, times.length, step, say("series.title")]);
  return html`<div class="charts">
    ${charts.map(({ title, curves, text, binary }) => html`<${Chart} key=${title} title=${title} times=${times} curves=${curves} text=${text} binary=${binary} />`)}
  </div>`;
}

interface ChartContent {
  readonly title: string;
  readonly curves: readonly Curve[];
  readonly text: (value: number) => string;
  readonly binary?: boolean;
}

function chartsOf(step: number, column: ShownSeries["column"]): readonly ChartContent[] {
  const perSecond = (name: string) => column(name).map((value) => (value === null ? null : value / step));
  const curve = (label: string, values: Curve["values"], color: Curve["color"], filled = false): Curve => ({
    ...{ label, values, color, filled },
  });
  return [
    {
      title: say("series.calls"),
      curves: [
        curve(say("series.all"), perSecond("calls"), 2, true),
        curve(say("series.errors"), perSecond("errors"), 1),
      ],
      text: roundText,
    },
    {
      title: say("series.times"),
      curves: [
        curve("p50", column("p50"), 3),
        curve("p95", column("p95"), 2),
        curve("p99", column("p99"), 1),
      ],
      text: secondsText,
    },
    {
      title: say("series.fuel"),
      curves: [curve(say("series.units"), perSecond("fuel"), 2, true)],
      text: roundText,
    },
    {
      title: say("series.memory"),
      curves: [curve(say("series.bytes"), column("memory"), 3, true)],
      text: bytesText,
      binary: true,
    },
  ];
}
