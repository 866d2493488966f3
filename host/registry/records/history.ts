/** The versions that a plugin had, and what its deployments say of them: newest first, as the store gives them. */
import { redact, seal } from "../../capabilities/secret.ts";
import { HotcellError } from "../../errors.ts";
import type { DeploymentRecord, Store, VersionUse } from "../../store/store.ts";
import type { PastDeployment, VersionSummary } from "../told-plugins.ts";
import { originIn, type VersionOrigin } from "../version-origin.ts";

/** Since the plugin was last removed: what was before is another plugin's history. */
function sinceRemoval(uses: readonly VersionUse[]): VersionUse[] {
  const removal = uses.findIndex((use) => use.version === undefined);
  return removal < 0 ? [...uses] : uses.slice(0, removal);
}

/** The version that a rollback without a target returns to: the one live before the live one. */
function previousVersion(uses: readonly VersionUse[]): string | undefined {
  const [live, ...before] = sinceRemoval(uses);
  return before.find(({ version }) => version?.digest !== live?.version?.digest)?.version?.digest;
}

/** Newest first. */
function summariseVersions(uses: readonly VersionUse[]): VersionSummary[] {
  const own = sinceRemoval(uses);
  const live = own[0]?.version?.digest;
  return [...Map.groupBy(own, (use) => use.version?.digest ?? "")].map(([version, its]) => ({
    version,
    size: its[0]?.version?.size ?? 0,
    firstDeployedAt: its.at(-1)?.at ?? "",
    live: version === live,
    revisions: its.map((use) => use.revision).reverse(),
  }));
}

/** History of one plugin. */
export class History {
  readonly #plugin: string;
  readonly #store: Store;

  constructor(plugin: string, store: Store) {
    this.#plugin = plugin;
    this.#store = store;
  }

  async deployments(page?: { before?: number; limit?: number }): Promise<PastDeployment[]> {
    return (await this.#store.deployments(this.#plugin, page)).map(shown);
  }

  /** Newest origin that a test is true of; a version that was pulled once has it whatever came in between. Reads no further than a removal. */
  async originOf(wanted: (digest: string) => boolean): Promise<VersionOrigin | undefined> {
    let before: number | undefined;
    for (;;) {
      const page = await this.#store.deployments(this.#plugin, before === undefined ? {} : { before });
      for (const { version, details, revision } of page) {
        if (version === undefined) return undefined;
        const origin = originIn(details);
        if (origin && wanted(version.digest)) return origin;
        before = revision;
      }
      if (page.length === 0) return undefined;
    }
  }

  async versions(): Promise<VersionSummary[]> {
    return summariseVersions(await this.#store.uses(this.#plugin));
  }

  async previousVersion(): Promise<string | undefined> {
    return previousVersion(await this.#store.uses(this.#plugin));
  }

  /** Throws `version-not-found` for a version that this plugin never had, whoever else has it. */
  async binary(digest: string): Promise<Uint8Array> {
    const own = (await this.versions()).some((version) => version.version === digest);
    const bytes = own ? await this.#store.binary(digest) : undefined;
    if (bytes) return bytes;
    throw new HotcellError("version-not-found", `${this.#plugin} has no version ${digest}.`, {
      subject: digest,
      remedy: `List them with GET /plugins/${this.#plugin}/versions, or registry.versions(${JSON.stringify(this.#plugin)}) in code.`,
      extra: { plugin: this.#plugin },
    });
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
