/** Answers of the API about the host: events, series, health. */

/** Event as a stream of `GET /events` has it. */
export interface ShownEvent {
  readonly id: number;
  readonly kind: string;
  readonly at: string;
  readonly who?: string | undefined;
  readonly plugin?: string | undefined;
  readonly revision?: number | undefined;
  readonly data: unknown;
  readonly damaged?: string;
}

/** Answer of `GET /series`: columns by name, the first being the times of steps in seconds since 1970. */
export interface SeriesAnswer {
  readonly step: number;
  readonly columns: readonly string[];
  readonly data: readonly (readonly (number | null)[])[];
}

/** Answer of `GET /readyz?verbose`; what is about the host itself is told to who may see all plugins. */
export interface HealthAnswer {
  /** `ready` or `not-ready`. */
  readonly status: string;
  readonly store: { readonly answers: boolean; readonly ms: number; readonly detail?: string };
  readonly versions?: Readonly<Record<string, string>>;
  /** Number of hosts on one store by the version of Hotcell that they are, where they are several versions. */
  readonly skew?: Readonly<Record<string, number>>;
  /** Seconds. */
  readonly uptime?: number;
  readonly memory?: Readonly<
    Record<"cells" | "processes" | "heap", { readonly inUse: number; readonly limit: number } | undefined>
  >;
  /** Seconds. */
  readonly eventLoopDelay?: { readonly p50: number; readonly p99: number; readonly max: number };
}
