/** Time series of the host or of one plugin, kept up to date by asking for what is new. */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { SeriesAnswer } from "../../answers/host-answers.ts";
import { ask } from "./api-client.ts";
import { token } from "./held-token.ts";

export type SeriesSpan = "hour" | "day";

/** Series as charts take them. */
export interface ShownSeries {
  /** Seconds of a step. */
  readonly step: number;
  readonly times: readonly number[];
  readonly column: (name: string) => readonly (number | null)[];
}

/** Steps of each span that are kept. */
const kept: Readonly<Record<SeriesSpan, number>> = { hour: 720, day: 288 };

/** Undefined until the first answer. */
export function useSeries(
  plugin: string | undefined,
  span: SeriesSpan,
  allowed: boolean,
): { series: ShownSeries | undefined; problem: unknown } {
  const series = useSignal<SeriesAnswer | undefined>(undefined);
  const problem = useSignal<unknown>(undefined);
  useEffect(() => {
    series.value = undefined;
    problem.value = undefined;
    if (!allowed) return undefined;
    const leaving = new AbortController();
    let timer: ReturnType<typeof setTimeout>;
    const look = async () => {
      if (!document.hidden || !series.value) {
        const after = series.value?.data[0]?.at(-1) ?? undefined;
        const query = { plugin, range: span, after };
        try {
          const { data } = await ask<SeriesAnswer>(["series"], { query, signal: leaving.signal });
          if (leaving.signal.aborted) return;
          series.value = series.value ? joined(series.value, data, kept[span]) : data;
          problem.value = undefined;
        } catch (error) {
          if (leaving.signal.aborted) return;
          problem.value = error;
        }
      }
      timer = setTimeout(look, (series.value?.step ?? 5) * 1000);
    };
    void look();
    return () => {
      leaving.abort();
      clearTimeout(timer);
    };
  }, [plugin, span, allowed, token.value]);
  const { value } = series;
  return { series: value && shown(value), problem: problem.value };
}

/** A host that was started anew begins its series anew, which is seen by times that do not follow. */
function joined(before: SeriesAnswer, more: SeriesAnswer, most: number): SeriesAnswer {
  const data = more.columns.map((_, i) => [...(before.data[i] ?? []), ...(more.data[i] ?? [])].slice(-most));
  return { ...more, data };
}

function shown({ step, columns, data }: SeriesAnswer): ShownSeries {
  return {
    step,
    times: (data[0] ?? []) as readonly number[],
    column: (name) => data[columns.indexOf(name)] ?? [],
  };
}
