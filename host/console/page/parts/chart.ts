/** Curves over time. */
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import { html } from "../markup.ts";
import { theme } from "../shell/appearance.ts";
import { language } from "../strings/speech.ts";

/** Figures of one curve; null where there is none. */
export interface Curve {
  readonly label: string;
  readonly values: readonly (number | null)[];
  /** Number of the colour, from 1 to 3. */
  readonly color: 1 | 2 | 3;
  /** The space below it is tinted. */
  readonly filled?: boolean;
}

interface ChartProps {
  readonly title: string;
  /** Seconds since 1970. */
  readonly times: readonly number[];
  readonly curves: readonly Curve[];
  /** Steps of the axis are round in base two, as bytes are. */
  readonly binary?: boolean | undefined;
  /** Text of a figure, with its unit. */
  readonly text: (value: number) => string;
}

const height = 140;

/** Steps of times, in seconds. */
const minutes = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360].map((count) => count * 60);

const powersOfTwo = Array.from({ length: 42 }, (_, i) => 2 ** i);

/** Curves with their latest figures as a legend, which is what a screen reader reads. */
export function Chart({ title, times, curves, text, binary = false }: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const data = [[...times], ...curves.map(({ values }) => [...values])] as uPlot.AlignedData;
  const look = `${theme.value} ${language.value} ${curves.map(({ label }) => label)}`;
  useEffect(() => {
    const element = place.current!;
    const make = () => {
      plot.current?.destroy();
      plot.current = new uPlot(optionsOf(element, curves, text, binary), latest.current, element);
    };
    make();
    const dark = matchMedia("(prefers-color-scheme: dark)");
    dark.addEventListener("change", make);
    const sizes = new ResizeObserver(() => plot.current?.setSize({ width: element.clientWidth, height }));
    sizes.observe(element);
    return () => {
      sizes.disconnect();
      dark.removeEventListener("change", make);
      plot.current?.destroy();
      plot.current = undefined;
    };
  }, [look]);
  const latest = useRef(data);
  latest.current = data;
  useEffect(() => plot.current?.setData(data), [times, curves]);
  return html`<figure class="chart card">
    <figcaption class="chart-head">
      <span class="chart-title">${title}</span>
      <span class="chart-legend">
        ${curves.map(
          ({ label, values, color }) =>
            html`<span class="chart-key"><span class="chart-swatch series-${color}" aria-hidden="true"></span>${label} <b class="figure">${lastText(values, text)}</b></span>`,
        )}
      </span>
    </figcaption>
    <div ref=${place} class="chart-place" aria-hidden="true"></div>
  </figure>`;
}

function lastText(values: readonly (number | null)[], text: (value: number) => string): string {
  const last = values.findLast((value) => value !== null);
  return last === undefined || last === null ? "–" : text(last);
}

function optionsOf(
  element: HTMLElement,
  curves: readonly Curve[],
  text: (value: number) => string,
  binary: boolean,
): uPlot.Options {
  const style = getComputedStyle(element);
  const color = (name: string) => resolved(element, style.getPropertyValue(name));
  const [soft, line] = [color("--soft"), color("--line")];
  const axis = { stroke: soft, font: `11px ${style.fontFamily}`, ticks: { show: false } };
  return {
    ...{ width: element.clientWidth || 300, height },
    padding: [8, 4, 0, 0],
    legend: { show: false },
    cursor: { y: false, points: { size: 6 }, drag: { x: false, y: false } },
    scales: { y: { range: (_, _min, max) => [0, max > 0 ? max * 1.15 : 1] } },
    axes: [
      {
        ...axis,
        grid: { show: false },
        values: (_, at) => at.map(hourText),
        incrs: minutes,
        space: 64,
        size: 28,
      },
      {
        ...axis,
        grid: { stroke: line, width: 1 },
        values: (_, at) => at.map(text),
        size: 66,
        space: 34,
        ...(binary && { incrs: powersOfTwo }),
      },
    ],
    series: [
      {},
      ...curves.map(({ label, color: number, filled }) => {
        const stroke = color(`--series-${number}`);
        return {
          ...{ label, stroke, width: 1.75, points: { show: true, size: 5, fill: stroke, filter: lonely } },
          ...(filled && { fill: `color-mix(in srgb, ${stroke} 14%, transparent)` }),
        };
      }),
    ],
  };
}

/** Values without a neighbour: no line shows them. */
function lonely({ data }: uPlot, series: number): number[] {
  const values = data[series]!;
  const isThere = (i: number) => values[i] !== null && values[i] !== undefined;
  return Array.from(values.keys()).filter((i) => isThere(i) && !isThere(i - 1) && !isThere(i + 1));
}

/** Colour as a canvas takes it: of two for light and dark, the one that holds. */
function resolved(element: HTMLElement, value: string): string {
  const probe = document.createElement("span");
  probe.style.color = value;
  element.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

function hourText(seconds: number): string {
  return new Date(seconds * 1000).toLocaleTimeString(language.value, {
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
}
