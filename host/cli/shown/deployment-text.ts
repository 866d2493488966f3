/** Deployments and plans of them, told at a terminal. */

import type { Deployment } from "../../registry/api.ts";
import { harmlessLines } from "../../text/harmless.ts";
import { howMany } from "../../text/how-many.ts";
import type { FileChanges } from "../../tree/tree-diff.ts";
import type { Change } from "../../wit/diff/diff.ts";
import { formatChanges } from "../../wit/diff/diff-format.ts";
import { ink, print, printLine } from "../terminal.ts";
import { hostText } from "./condition-text.ts";
import { changeLine } from "./settings-text.ts";

/** Deployment as the API answers with it. */
export interface Deployed extends Deployment {
  /** Addresses at which the plugin serves HTTP, if it does: URLs, or what leads from the API's to them. */
  readonly servedAt?: readonly string[];
}

/** Beginning of a version's digest, without `sha256:`: enough for people, and for `hotcell rollback`. */
export const shortDigest = (digest: string): string => digest.slice(7, 19);

const did: Readonly<Record<Deployment["outcome"], string>> = {
  created: "live",
  swapped: "live",
  configured: "changed",
  unchanged: "unchanged",
  planned: "plan",
};

const fates: Partial<Record<Deployment["state"], string>> = {
  kept: "its state is kept",
  "handed-over": "its state is handed over",
  lost: "its state is lost",
};

/** Prints what a change came to, or would come to. */
export function printDeployment(deployment: Deployed, url: string): void {
  const { plugin, revision, outcome, version, size, state, settingsChanges, changes } = deployment;
  const {
    files,
    links,
    contracts = [],
    servedAt = [],
    notes = [],
    rollout,
    plannedRollout,
    timings,
  } = deployment;
  const style = outcome === "planned" ? "cyan" : "green";
  const plan = outcome === "planned" ? "would be " : "";
  printLine(ink(style, `${did[outcome]}: `), ink("bold", plugin), ` ${plan}revision ${revision}`);
  printLine(`  version ${version.slice(0, 19)}…, ${size.toLocaleString("en")} bytes`);
  for (const change of settingsChanges) printLine(`  ${changeLine(change)}`);
  if (files) printLine(`  ${changedFiles(files)}`);
  if (changes.length > 0) print(indentedChanges(changes, "  "));
  const fate = fates[state];
  if (fate) printLine("  ", state === "lost" ? ink("yellow", fate) : fate);
  for (const broken of links?.breaks ?? []) printLine("  ", ink("yellow", `breaks ${broken}`));
  if (outcome === "planned") for (const note of notes) printLine(`  ${harmlessLines(note)}`);
  if (contracts.length > 0)
    printLine(`  held to ${contracts.map((held) => `${held.name}@${held.version}`).join(", ")}`);
  for (const place of servedAt) printLine(`  serves at ${new URL(place, `${url}/`).href}`);
  if (rollout) printLine(`  ${rolloutText(rollout)}`);
  if (plannedRollout) printLine(`  ${plannedRolloutText(plannedRollout)}`);
  const stages = Object.entries(timings).map(([stage, ms]) => `${stage} ${milliseconds(ms)}`);
  if (stages.length > 0) printLine(ink("dim", `  ${stages.join(", ")}`));
}

/** Rollout as a line: `first on one host (120 calls, 0 traps), then on 2 others`. */
function rolloutText({ first, hosts }: NonNullable<Deployment["rollout"]>): string {
  const { followed, unsure } = hosts;
  const host = first?.host ? `${hostText(first.host)}, which has the cell` : "one host";
  const there = first
    ? `first on ${host} (${howMany(first.calls, "call")}, ${howMany(first.traps, "trap")}), then `
    : "";
  const unknown = unsure === 0 ? "" : `; ${unsure} have not said so yet (GET /nodes)`;
  return `${there}on ${followed} ${followed === 1 ? "other" : "others"}${unknown}`;
}

/** Rollout of a plan as a line: `would be a rollout: one of 3 hosts tries it for 30s or 500 calls, then the others get it; …`. */
function plannedRolloutText({
  hosts,
  time,
  calls,
  tried,
}: NonNullable<Deployment["plannedRollout"]>): string {
  const until = calls === undefined ? "" : ` or ${howMany(calls, "call")}`;
  const others = hosts === 2 ? "the other gets it" : "the others get it";
  const way = tried
    ? `one of ${hosts} hosts tries it for ${time}${until}, then ${others}`
    : `all ${hosts} hosts get it, and it is undone where one can't run it`;
  return `would be a rollout: ${way}; --at-once sends it to all without that`;
}

/** Changed files as a line: `files: 2 added (a.txt, b.txt), 1 removed (c.txt)`. */
export function changedFiles({ added, changed, removed, more }: FileChanges): string {
  const parts = Object.entries({ added, changed, removed })
    .filter(([, paths]) => paths.length > 0)
    .map(
      ([how, paths]) =>
        `${paths.length} ${how} (${paths.slice(0, 3).join(", ")}${paths.length > 3 ? ", …" : ""})`,
    );
  return `files: ${[...parts, ...(more > 0 ? [`${more} more`] : [])].join(", ")}`;
}

/** Changes that callers notice, with each line behind an indent. */
export function indentedChanges(changes: readonly Change[], indent: string): string {
  return harmlessLines(formatChanges(changes))
    .trimEnd()
    .replace(/^(?=.)/gm, indent);
}

export function milliseconds(ms: number): string {
  return ms < 10 ? `${ms.toFixed(1)} ms` : `${Math.round(ms)} ms`;
}
