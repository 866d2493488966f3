/** What a plugin's deployments say of its versions. Deployments are newest first, as the store gives them. */
import type { DeploymentRecord } from "../store/store.ts";
import type { VersionSummary } from "./api.ts";

/** Since the plugin was last removed: what was before is another plugin's history. */
function sinceRemoval(deployments: readonly DeploymentRecord[]): DeploymentRecord[] {
  const removal = deployments.findIndex((deployment) => deployment.version === undefined);
  return removal < 0 ? [...deployments] : deployments.slice(0, removal);
}

/** The version that a rollback without a target returns to: the one live before the live one. */
export function previousVersion(deployments: readonly DeploymentRecord[]): string | undefined {
  const [live, ...before] = sinceRemoval(deployments);
  return before.find(({ version }) => version?.digest !== live?.version?.digest)?.version?.digest;
}

/** Newest first. */
export function summariseVersions(deployments: readonly DeploymentRecord[]): VersionSummary[] {
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
