/**
 * Bounds that hold whatever a plugin's settings say: how long, how many, how large. Each is declared here once, used
 * where it holds, and listed in docs/limits.md. What an owner can set for a plugin is in `registry/plugin-limits.ts`; what a
 * component and its modules may be made of, in `component/structure-limits.ts` and `harden/module-limits.ts`.
 */

export interface HostBound {
  readonly value: number;
  readonly unit: "ms" | "bytes" | "characters" | "";
  /** The thing that it bounds, as a row of a table begins. */
  readonly of: string;
  /** Code of the error that whoever meets it gets; several with commas between them. */
  readonly code?: string;
  /** Effect where nobody gets an error, or beside it. */
  readonly effect?: string;
  /** Name of what sets it on a host; absent where it can't be set. */
  readonly set?: string;
}

/** Group of bounds, by the name that the code has for each. */
export type HostBounds = Readonly<Record<string, HostBound>>;

export const KiB = 1024;
export const MiB = 1024 * KiB;
export const GiB = 1024 * MiB;
