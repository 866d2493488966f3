/** Hosts as whoever asks one of them is told. */
import { hostname } from "node:os";
import type { HostNode, Leases, NodeFacts } from "./leases.ts";

export interface ToldNode extends HostNode {
  /** It is the one that answers. */
  readonly self: boolean;
}

/** Facts of this process's host; `version` is Hotcell's. */
export function ownFacts(version: string): NodeFacts {
  return { machine: hostname(), pid: process.pid, version, since: new Date().toISOString() };
}

export async function toldNodes(leases: Pick<Leases, "self" | "nodes">): Promise<ToldNode[]> {
  const { id } = leases.self;
  return (await leases.nodes()).map((node) => ({ ...node, self: node.id === id }));
}
