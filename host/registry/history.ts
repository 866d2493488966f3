/** What a plugin was and is: a pure record of its versions and deployments. */
import type { Component } from "../component/component.ts";
import type { VersionSummary } from "./api.ts";

/** How many versions of a plugin are kept to roll back to. */
const keptVersions = 20;

export interface Version {
  readonly component: Component;
  readonly firstDeployedAt: string;
}

interface DeploymentRecord {
  readonly revision: number;
  readonly digest: string;
  readonly at: string;
}

/** Immutable; `record` gives the next one. The last deployment is the live one. */
export interface History {
  readonly versions: ReadonlyMap<string, Version>;
  readonly deployments: readonly DeploymentRecord[];
}

export const emptyHistory: History = { versions: new Map(), deployments: [] };

/** The history after `version` went live. Versions beyond the kept ones, longest out of service, are dropped. */
export function record(history: History, version: Version, revision: number, at: string): History {
  const digest = version.component.digest;
  const deployments = [...history.deployments, { revision, digest, at }];
  const versions = new Map(history.versions).set(digest, history.versions.get(digest) ?? version);
  const lastUse = (d: string) => deployments.findLastIndex((deployment) => deployment.digest === d);
  const kept = [...versions.keys()].sort((a, b) => lastUse(b) - lastUse(a)).slice(0, keptVersions);
  return {
    versions: new Map([...versions].filter(([d]) => kept.includes(d))),
    deployments: deployments.filter((d) => kept.includes(d.digest)).slice(-1000),
  };
}

/** The version that a rollback without a target returns to: the one live before the live one. */
export function previousVersion(history: History): string | undefined {
  const live = history.deployments.at(-1)?.digest;
  return history.deployments.findLast((d) => d.digest !== live)?.digest;
}

/** Newest first. */
export function summarise(history: History): VersionSummary[] {
  const live = history.deployments.at(-1)?.digest;
  return [...history.versions.values()]
    .map(({ component, firstDeployedAt }) => ({
      version: component.digest,
      size: component.bytes.length,
      firstDeployedAt,
      live: component.digest === live,
      revisions: history.deployments.filter((d) => d.digest === component.digest).map((d) => d.revision),
    }))
    .sort((a, b) => (b.revisions.at(-1) ?? 0) - (a.revisions.at(-1) ?? 0));
}
