/** Figures of plugins over time: what their counters say, and how fast those rise; and times of calls, by the host's series. */

import type { SeriesAnswer } from "../../../console/answers/host-answers.ts";
import { HotcellError } from "../../../errors.ts";
import type { Counters } from "../../../registry/counters.ts";
import type { PluginSummary } from "../../../registry/told-plugins.ts";
import { ask, type RemoteHost } from "../../remote/remote-host.ts";
import { allPlugins } from "./ls.ts";

/** Rates of calls that are remembered of each. */
const remembered = 30;
/** Seconds before now that steps of a series are asked for: one of them is over. */
const seriesAge = 15;

export interface UsageRate {
  readonly name: string;
  readonly revision: number;
  readonly damaged: boolean;
  readonly calls: number;
  readonly inFlight: number;
  /** Rates by the second; undefined at the first look, and after the host began anew. */
  readonly rates: Readonly<Record<Rated, number>> | undefined;
  /** Calls by the second at the last looks, the newest last. */
  readonly past: readonly number[];
}

/** Figures of the newest step of a series: seconds that calls took, cells and bytes of their memory. Null: nothing to tell. */
export type SeriesStep = Readonly<Record<"p50" | "p95" | "p99" | "cells" | "memory", number | null>>;

const rated = ["calls", "errors", "traps", "fuel"] as const;
type Rated = (typeof rated)[number];

interface Look {
  readonly at: number;
  readonly since: string;
  readonly counts: Readonly<Record<Rated, number>>;
  readonly past: readonly number[];
}

export class UsageRates {
  readonly #host: RemoteHost;
  readonly #query: URLSearchParams;
  #looks: ReadonlyMap<string, Look> = new Map();

  /** Rates of plugins with these names, or of these patterns; none: of all. */
  constructor(host: RemoteHost, names: readonly string[]) {
    this.#host = host;
    this.#query = new URLSearchParams([["counters", "true"], ...names.map((name) => ["name", name])]);
  }

  /** Figures at present. Throws what the host refuses with, and `no-host`. */
  async look(now: () => number = () => performance.now() / 1000): Promise<UsageRate[]> {
    const plugins = (await allPlugins(this.#host, this.#query)) as CountedPlugin[];
    const at = now();
    const looks = new Map<string, Look>();
    const usages = plugins.map(({ name, revision, damaged, counters }) => {
      const { calls, inFlight, since } = counters;
      const counts = countsOf(counters);
      const before = this.#looks.get(name);
      const rates = before?.since === since ? ratesOf(before, counts, at) : undefined;
      const past = [...(before?.past ?? []), ...(rates ? [rates.calls] : [])].slice(-remembered);
      looks.set(name, { at, since, counts, past });
      return { name, revision, damaged: damaged !== undefined, calls, inFlight, rates, past };
    });
    this.#looks = looks;
    return usages;
  }

  /**
   * Newest steps of the series of these plugins, the host's own by `undefined`; those that the host does not tell are left out: it has
   * series of the plugins that are used most, and none of others.
   */
  async steps(
    plugins: readonly (string | undefined)[],
    now = Date.now() / 1000,
  ): Promise<ReadonlyMap<string | undefined, SeriesStep>> {
    const after = Math.floor(now - seriesAge);
    const told = await Promise.all(
      plugins.map(async (plugin) => [plugin, await stepOf(this.#host, plugin, after)] as const),
    );
    return new Map(told.flatMap(([plugin, step]) => (step ? [[plugin, step] as const] : [])));
  }
}

interface CountedPlugin extends PluginSummary {
  readonly counters: Counters;
}

async function stepOf(
  host: RemoteHost,
  plugin: string | undefined,
  after: number,
): Promise<SeriesStep | undefined> {
  const query = new URLSearchParams({ after: `${after}`, ...(plugin !== undefined && { plugin }) });
  try {
    const { columns, data } = (await ask(host, "GET", `/series?${query}`)) as SeriesAnswer;
    if (data[0] === undefined || data[0].length === 0) return undefined;
    const newest = (name: string) => data[columns.indexOf(name)]?.at(-1) ?? null;
    const [p50, p95, p99] = [newest("p50"), newest("p95"), newest("p99")];
    return { p50, p95, p99, cells: newest("cells"), memory: newest("memory") };
  } catch (error) {
    // Removed since it was listed, beyond the token, or an app without metrics: the counters say what matters.
    if (error instanceof HotcellError && error.code !== "no-host") return undefined;
    throw error;
  }
}

function countsOf({ calls, guestErrors, traps, fuel }: Counters): Look["counts"] {
  return { calls, errors: guestErrors, traps, fuel };
}

function ratesOf({ at, counts }: Look, now: Look["counts"], time: number): Look["counts"] {
  const seconds = Math.max(time - at, 0.001);
  const rates = rated.map((each) => [each, Math.max(0, now[each] - counts[each]) / seconds]);
  return Object.fromEntries(rates) as Record<Rated, number>;
}
