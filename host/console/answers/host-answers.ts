/** Answers of the API about the host: events, series, what plugins may import. */

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

/** Answer of `GET /wit`. */
export interface OfferedPackages {
  readonly packages: readonly { readonly interfaces: readonly { readonly grant?: string }[] }[];
}
