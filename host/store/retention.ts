/** Deployments of a plugin that are kept. */
import type { Retention } from "./store.ts";

/** Deployment as retention judges it. */
export interface KeptDeployment {
  readonly revision: number;
  /** Null: it removed the plugin. */
  readonly digest: string | null;
}

/** Deployments that are kept of these, oldest first: never without the newest. */
export function retained<D extends KeptDeployment>(
  deployments: readonly D[],
  keep: Retention,
  bytesOf: (deployment: D) => number,
): D[] {
  const lastUse = new Map<string, number>();
  for (const { digest, revision } of deployments) if (digest !== null) lastUse.set(digest, revision);
  const versions = new Map([...lastUse].sort(([, a], [, b]) => b - a).slice(0, keep.versions));
  const kept = deployments.filter(({ digest }) => digest === null || versions.has(digest));
  const recent = keep.deployments > 0 ? kept.slice(-keep.deployments) : [];
  let left = keep.bytes ?? Number.MAX_SAFE_INTEGER;
  const newest = new Set(
    recent.toReversed().filter((deployment) => {
      left -= bytesOf(deployment);
      return left >= 0;
    }),
  );
  const last = deployments.at(-1);
  return deployments.filter((deployment) => {
    const { digest, revision } = deployment;
    return (
      deployment === last || newest.has(deployment) || (digest !== null && versions.get(digest) === revision)
    );
  });
}
