/** History of a plugin in answers of the API, and files of its versions. */

/** Answer of `GET /plugins/{name}/deployments`, newest first. */
export interface DeploymentsAnswer {
  readonly plugin: string;
  readonly deployments: readonly ShownDeploymentOfPast[];
}

export interface ShownDeploymentOfPast {
  readonly revision: number;
  /** Undefined: this revision removed the plugin. */
  readonly version?: { readonly digest: string; readonly size: number } | undefined;
  readonly outcome: string;
  readonly who?: string | undefined;
  readonly at: string;
  /** Whatever the host that made it has left about it. */
  readonly details: unknown;
  readonly damaged?: string;
}

/** Answer of `GET /plugins/{name}/versions`, newest first. */
export interface VersionsAnswer {
  readonly plugin: string;
  readonly versions: readonly KeptVersion[];
}

export interface KeptVersion {
  readonly version: string;
  readonly size: number;
  readonly firstDeployedAt: string;
  readonly live: boolean;
  readonly revisions: readonly number[];
}

/** Answer of `GET /plugins/{name}/versions/{digest}/files`. */
export interface FilesAnswer {
  readonly plugin: string;
  readonly version: string;
  /** Files in all. */
  readonly count: number;
  readonly files: readonly ListedFile[];
  readonly next?: string;
}

interface ListedFile {
  readonly path: string;
  readonly size: number;
}
