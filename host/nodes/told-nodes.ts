/** Hosts as whoever asks one of them is told. */
import cluster from "node:cluster";
import { hostname } from "node:os";
import { harmlessLines } from "../text/harmless.ts";
import type { HostNode, Leases, NodeFacts } from "./leases.ts";

export interface ToldNode extends HostNode {
  /** It is the one that answers. */
  readonly self: boolean;
}

/** Facts of this process's host; `version` is Hotcell's. */
export function ownFacts(version: string): NodeFacts {
  const primary = cluster.isWorker ? { primary: process.ppid } : {};
  return { machine: hostname(), pid: process.pid, ...primary, version, since: new Date().toISOString() };
}

export async function toldNodes(leases: Pick<Leases, "self" | "nodes">): Promise<ToldNode[]> {
  const { id } = leases.self;
  return (await leases.nodes()).map((node) => ({ ...node, self: node.id === id }));
}

/** Says in the log which other hosts there are, and which of them are another Hotcell; `what` is what they share. */
export async function sayWhoShares(what: string, leases: Pick<Leases, "self" | "nodes">): Promise<void> {
  const { self } = leases;
  for (const { id, pid, machine, address, version } of await leases.nodes()) {
    if (id === self.id) continue;
    const other =
      version === self.version ? "" : `, which is Hotcell ${version}, and not ${self.version} as this one`;
    const where = (address === undefined ? "" : `, which listens on ${address}`) + other;
    const line = `${what} is shared with process ${pid} on ${machine}${where}: what either changes the other follows.`;
    console.error(harmlessLines(line));
  }
}
