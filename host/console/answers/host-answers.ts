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

/** Host of several, as answers name it. */
export interface ShownHost {
  readonly machine: string;
  readonly pid: number;
  readonly address?: string;
}

/** Answer of `GET /nodes`. */
export interface NodesAnswer {
  readonly nodes: readonly ShownNode[];
}

/** Host that shares what it serves from, and how far it has followed the others. */
export interface ShownNode extends ShownHost {
  readonly id: string;
  readonly version: string;
  readonly since: string;
  /** It is the one that answers. */
  readonly self: boolean;
  /** Absent of one that has told nothing yet. */
  readonly standing?: {
    /** Id of the event up to which it has followed all. */
    readonly followed: number;
    readonly behind?: readonly {
      readonly plugin: string;
      readonly revision: number;
      readonly code: string;
    }[];
    readonly moreBehind?: number;
    /** Versions that it alone runs for a time, by plugin. */
    readonly tries?: Readonly<Record<string, string>>;
  };
}

/** Answer of `GET /readyz?verbose`; what is about the host itself is told to who may see all plugins. */
export interface HealthAnswer {
  /** `ready` or `not-ready`. */
  readonly status: string;
  readonly store: { readonly answers: boolean; readonly ms: number; readonly detail?: string };
  readonly versions?: Readonly<Record<string, string>>;
  /** Number of hosts on one store by the version of Hotcell that they are, where they are several versions. */
  readonly skew?: Readonly<Record<string, number>>;
  /** Workers, where there are several: those that answered, and the numbers of those that did not in time. */
  readonly workers?: { readonly answered: readonly unknown[]; readonly late: readonly number[] };
  /** Things in the store that a newer Hotcell has stored, and this host leaves as they are. */
  readonly newer?: readonly { readonly thing: string; readonly detail: string; readonly since: string }[];
  /** Seconds. */
  readonly uptime?: number;
  readonly memory?: Readonly<
    Record<"cells" | "processes" | "heap", { readonly inUse: number; readonly limit: number } | undefined>
  >;
  /** Seconds. */
  readonly eventLoopDelay?: { readonly p50: number; readonly p99: number; readonly max: number };
}
