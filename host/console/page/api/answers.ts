/** Answers of the API, as far as the page reads them (docs/http-api.md). */

export interface ListedPlugin {
  readonly name: string;
  readonly revision: number;
  readonly version: string;
  readonly deployedAt: string;
  readonly functions: readonly string[];
  readonly damaged?: { readonly code: string; readonly detail: string };
}

export interface ShownPlugin extends ListedPlugin {
  readonly size: number;
  readonly world: string;
  readonly counters: ShownCounters;
  readonly metadata?: { readonly [name: string]: unknown };
  readonly notes?: readonly string[];
  /** The settings that hold. */
  readonly settings: { readonly [name: string]: unknown };
  /** The part of them that was asked for. */
  readonly asked: { readonly [name: string]: unknown };
  readonly links?: { readonly to: Readonly<Record<string, string>>; readonly from: readonly string[] };
  readonly contracts?: readonly { readonly name: string; readonly version: number }[];
  readonly servedAt?: readonly string[];
  readonly checks: unknown;
}

export interface ShownCounters {
  readonly since: string;
  readonly calls: number;
  readonly guestErrors: number;
  readonly traps: number;
  readonly cancelled: number;
  readonly inFlight: number;
  readonly fuel: number;
  readonly droppedLogLines: number;
  readonly limits: Readonly<Record<string, number>>;
}
