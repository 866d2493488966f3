/** Judgement on what a run has seen, once all hosts have said what was kept. */

import type { KeptHistory } from "./cluster-history.ts";
import type { ClusterNode } from "./cluster-node.ts";
import { type ClusterRecord, removed, type SeenCall, type SeenChange } from "./cluster-record.ts";

export interface ClusterVerdict {
  /** Acknowledged changes that are not there, and refused ones that are. */
  readonly lost: readonly string[];
  /** Answers of versions that were not live on a host while it ran. */
  readonly strange: readonly string[];
  /** Calls that failed without need: none of a host that died under it, or one that may go to another host. */
  readonly failed: readonly string[];
}

export function judgeCluster(
  record: ClusterRecord,
  nodes: readonly ClusterNode[],
  history: KeptHistory,
): ClusterVerdict {
  const plugins = [...history].map(([plugin, answers]) => new PluginPast(plugin, answers, record));
  return {
    lost: plugins.flatMap((plugin) => plugin.lost()),
    strange: plugins.flatMap((plugin) => plugin.strange(nodes)),
    failed: record.failed.flatMap(({ plugin, idempotent, why, start, end }) => {
      if (!idempotent && nodes.some((node) => node.diedBetween(start, end))) return [];
      const method = idempotent ? "GET" : "POST";
      return `${method} of ${plugin}, ${Math.round(start)} to ${Math.round(end)} ms: ${why}${lastDeath(nodes, end)}`;
    }),
  };
}

function lastDeath(nodes: readonly ClusterNode[], time: number): string {
  const deaths = nodes.flatMap(({ name, lives }) =>
    lives.map(({ killed, gone }) => ({ name, killed, gone })),
  );
  const last = deaths.filter(({ killed }) => killed <= time).sort((a, b) => b.killed - a.killed)[0];
  return last
    ? ` (${last.name} was killed at ${Math.round(last.killed)} and gone at ${Math.round(last.gone)} ms)`
    : "";
}

class PluginPast {
  readonly #plugin: string;
  /** By revision; calls of nothing answer at 0. */
  readonly #answers: readonly string[];
  readonly #changes: readonly SeenChange[];
  readonly #calls: readonly SeenCall[];
  readonly #revisions: ReadonlyMap<string, readonly number[]>;

  constructor(plugin: string, answers: readonly string[], record: ClusterRecord) {
    this.#plugin = plugin;
    this.#answers = [removed, ...answers];
    this.#changes = record.changes.filter((change) => change.plugin === plugin);
    this.#calls = record.calls.filter((call) => call.plugin === plugin);
    const revisions = Map.groupBy(this.#answers.keys(), (revision) => this.#answers[revision]!);
    this.#revisions = revisions;
  }

  lost(): string[] {
    const wrong: string[] = [];
    for (const { kind, answer, outcome, revision, node } of this.#changes) {
      const revisions = this.#revisions.get(answer) ?? [];
      const what = `${kind} of ${this.#plugin} on ${node}: ${answer}`;
      if (outcome === "kept" && revision !== undefined && !revisions.includes(revision))
        wrong.push(`${what} was acknowledged as ${revision}, which is ${this.#answers[revision]}`);
      if (outcome === "refused" && kind !== "removal" && revisions.length > 0)
        wrong.push(`${what} was refused, and is revision ${revisions}`);
    }
    // The first is of nothing.
    const removals = this.#revisions.get(removed)!.length - 1;
    const count = (outcome: string) =>
      this.#changes.filter((change) => change.kind === "removal" && change.outcome === outcome).length;
    if (removals < count("kept") || removals > count("kept") + count("unknown"))
      wrong.push(`${this.#plugin}: ${removals} removals, of which ${count("kept")} were acknowledged`);
    return wrong;
  }

  /**
   * Calls whose answer was none of this host's while they ran: it comes of a change that was not asked for yet, or of one that the host
   * was seen to have left behind before.
   */
  strange(nodes: readonly ClusterNode[]): string[] {
    const reached = new Map(nodes.map((node) => [node.name, new Reached()]));
    for (const { node, outcome, revision, done } of this.#changes)
      if (outcome === "kept" && revision !== undefined) reached.get(node)!.note(done, revision);
    for (const node of nodes)
      for (const { spawned, ready } of node.lives) reached.get(node.name)!.note(ready, this.#keptBy(spawned));

    const wrong: string[] = [];
    const sightings = this.#calls.toSorted((a, b) => a.end - b.end);
    for (const { answer, node, start, end } of sightings) {
      const least = node === undefined ? 0 : reached.get(node)!.by(start);
      const possible = (this.#revisions.get(answer!) ?? []).filter(
        (revision) => revision >= least && this.#sent(revision) <= end,
      );
      if (possible.length === 0) {
        const known = this.#revisions.get(answer!) ?? [];
        const seconds = [start, end].map((time) => (time / 1000).toFixed(3)).join(" to ");
        wrong.push(
          `${this.#plugin} on ${node ?? "some host"}: ${answer} (revision ${known}) at ${seconds} s, where ${least} was there`,
        );
      } else if (node !== undefined) reached.get(node)!.note(end, possible[0]!);
    }
    return wrong;
  }

  /** Highest revision that was acknowledged by then. */
  #keptBy(time: number): number {
    const kept = this.#changes.filter(({ outcome, done }) => outcome === "kept" && done <= time);
    return Math.max(0, ...kept.map(({ revision = 0 }) => revision));
  }

  /** Time at which it was asked for. A removal says no revision: it came after the change before it. */
  #sent(revision: number): number {
    if (revision === 0) return -Infinity;
    const answer = this.#answers[revision]!;
    if (answer === removed) return this.#sent(revision - 1);
    return Math.min(...this.#changes.filter((change) => change.answer === answer).map(({ sent }) => sent));
  }
}

/** Revisions that a host was seen at, by time. */
class Reached {
  readonly #steps: (readonly [time: number, revision: number])[] = [];

  note(time: number, revision: number): void {
    if (revision > 0 && time < Infinity) this.#steps.push([time, revision]);
  }

  by(time: number): number {
    return this.#steps.reduce((most, [at, revision]) => (at <= time ? Math.max(most, revision) : most), 0);
  }
}
