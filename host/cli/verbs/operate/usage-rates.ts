/** Figures of plugins over time: what their counters say, and how fast those rise. */

import type { Counters } from "../../../registry/counters.ts";
import type { RemoteHost } from "../../remote/remote-host.ts";
import { detailsIfThere } from "../../remote/remote-plugin.ts";
import { allPlugins } from "./ls.ts";

/** Plugins that are looked at each time: a host may have ten thousand. */
const maxRated = 100;
/** Rates of calls that are remembered of each. */
const remembered = 30;

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
  /** Plugins that were left out at the last look. */
  left = 0;

  /** Rates of plugins with these names, or of these patterns; none: of all. */
  constructor(host: RemoteHost, names: readonly string[]) {
    this.#host = host;
    this.#query = new URLSearchParams(names.map((name) => ["name", name]));
  }

  /** Figures at present. Throws what the host refuses with, and `no-host`. */
  async look(now: () => number = () => performance.now() / 1000): Promise<UsageRate[]> {
    const plugins = await allPlugins(this.#host, this.#query);
    this.left = Math.max(0, plugins.length - maxRated);
    const looks = new Map<string, Look>();
    const usages = await Promise.all(
      plugins.slice(0, maxRated).map(async ({ name }) => {
        // Removed since it was listed.
        const details = await detailsIfThere(this.#host, name);
        if (!details) return undefined;
        const { counters, revision, damaged } = details;
        const at = now();
        const counts = countsOf(counters);
        const before = this.#looks.get(name);
        const rates = before?.since === counters.since ? ratesOf(before, counts, at) : undefined;
        const past = [...(before?.past ?? []), ...(rates ? [rates.calls] : [])].slice(-remembered);
        looks.set(name, { at, since: counters.since, counts, past });
        const { calls, inFlight } = counters;
        return { name, revision, damaged: damaged !== undefined, calls, inFlight, rates, past };
      }),
    );
    this.#looks = looks;
    return usages.filter((usage) => usage !== undefined);
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
