/** History of a plugin as the API tells it. */

export interface ShownDeploymentOfPast {
  readonly revision: number;
  /** Absent: this revision removed the plugin. */
  readonly version?: { readonly digest: string; readonly size: number };
  readonly outcome: string;
  readonly who?: string;
  readonly at: string;
  readonly details?: {
    readonly changes?: number;
    readonly settings?: readonly string[];
    readonly state?: string;
    readonly timings?: Readonly<Record<string, number>>;
  } | null;
  readonly damaged?: string;
}

export interface KeptVersion {
  readonly version: string;
  readonly size: number;
  readonly firstDeployedAt: string;
  readonly live: boolean;
  readonly revisions: readonly number[];
}
