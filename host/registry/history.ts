/** The versions that a plugin had, and what its deployments say of them: newest first, as the store gives them. */
import { redact, seal } from "../capabilities/secret.ts";
import { HotcellError } from "../errors.ts";
import type { DeploymentRecord, Store } from "../store/store.ts";
import type { PastDeployment, VersionSummary } from "./api.ts";

/** Since the plugin was last removed: what was before is another plugin's history. */
function sinceRemoval(deployments: readonly DeploymentRecord[]): DeploymentRecord[] {
  const removal = deployments.findIndex((deployment) => deployment.version === undefined);
  return removal < 0 ? [...deployments] : deployments.slice(0, removal);
}

/** The version that a rollback without a target returns to: the one live before the live one. */
function previousVersion(deployments: readonly DeploymentRecord[]): string | undefined {
  const [live, ...before] = sinceRemoval(deployments);
  return before.find(({ version }) => version?.digest !== live?.version?.digest)?.version?.digest;
}

/** Newest first. */
function summariseVersions(deployments: readonly DeploymentRecord[]): VersionSummary[] {
  const own = sinceRemoval(deployments);
  const live = own[0]?.version?.digest;
  return [...Map.groupBy(own, (deployment) => deployment.version?.digest ?? "")].map(([version, uses]) => ({
    version,
    size: uses[0]?.version?.size ?? 0,
    firstDeployedAt: uses.at(-1)?.at ?? "",
    live: version === live,
    revisions: uses.map((use) => use.revision).reverse(),
  }));
}

/** Of one plugin. */
export class History {
  readonly #plugin: string;
  readonly #store: Store;

  constructor(plugin: string, store: Store) {
    this.#plugin = plugin;
    this.#store = store;
  }

  async deployments(page?: { before?: number; limit?: number }): Promise<PastDeployment[]> {
    return (await this.#records(page)).map(shown);
  }

  async versions(): Promise<VersionSummary[]> {
    return summariseVersions(await this.#records());
  }

  async previousVersion(): Promise<string | undefined> {
    return previousVersion(await this.#records());
  }

  /** Throws `version-not-found` for a version that this plugin never had, whoever else has it. */
  async binary(digest: string): Promise<Uint8Array> {
    const own = (await this.versions()).some((version) => version.version === digest);
    const bytes = own ? await this.#store.binary(digest) : undefined;
    if (bytes) return bytes;
    throw new HotcellError("version-not-found", `${this.#plugin} has no version ${digest}.`, {
      subject: digest,
      remedy: `List them with GET /plugins/${this.#plugin}/versions.`,
      extra: { plugin: this.#plugin },
    });
  }

  #records(page?: { before?: number; limit?: number }): Promise<DeploymentRecord[]> {
    return this.#store.deployments(this.#plugin, page);
  }
}

/** Member by member: a record of the store may come to hold what no answer may. */
function shown(record: DeploymentRecord): PastDeployment {
  const { plugin, revision, version, outcome, who, at, settings, details, damaged } = record;
  return {
    plugin,
    revision,
    version: version && { digest: version.digest, size: version.size },
    outcome,
    who,
    at,
    settings: redact(settings),
    details: redact(seal(details)),
    ...(damaged !== undefined && { damaged }),
  };
}
