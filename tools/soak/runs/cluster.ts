/** A cluster under load of which hosts or NATS servers die by `kill -9`: what was lost, and how soon all agreed. */
import { setTimeout as delay } from "node:timers/promises";
import { Cluster, type Trouble } from "../cluster/cluster.ts";
import type { SeenChange } from "../cluster/cluster-record.ts";
import { waitedFor } from "../cluster/waited-for.ts";

interface Spread {
  readonly count: number;
  readonly p50: number;
  readonly p99: number;
  readonly most: number;
}

export interface ClusterReport {
  readonly calls: number;
  /** Calls that may not be sent twice, and whose host died under them. */
  readonly cutOff: number;
  /** Hosts that were killed. */
  readonly killed: number;
  readonly changes: Readonly<Record<string, number>>;
  readonly refusals: Readonly<Record<string, number>>;
  /** From asking to the answer; from there until another host hears of it, and until calls of that are answered by it. */
  readonly milliseconds: Readonly<Record<"acknowledged" | "heard" | "running", Spread>>;
  /** Changes that a host ran more than a second after they were acknowledged. */
  readonly late: readonly string[];
  readonly wrong: readonly string[];
}

/** Milliseconds in which a host is to follow what was acknowledged. */
const soon = 1_000;

/** A random host dies every two seconds, and is started again. */
export function killHosts(seconds: number): Trouble {
  return async ({ nodes, balancer }, random) => {
    const starting: Promise<void>[] = [];
    for (let left = seconds; left > 0; left -= 2) {
      await delay(2_000);
      const node = nodes[random(nodes.length)]!;
      await node.untilReady();
      await waitedFor("HAProxy to know two hosts that are ready", () => balancer.hasTwo());
      await node.kill();
      starting.push(node.start());
    }
    await Promise.all(starting);
  };
}

/** A random NATS server dies every `every` seconds, and is started again after a third of that. */
export function killServers(seconds: number, every = 20): Trouble {
  return async ({ servers }, random) => {
    for (let left = seconds; left > 0; left -= every) {
      await delay(every * 333);
      const server = servers[random(servers.length)]!;
      await server.kill();
      await delay(every * 333);
      await server.start();
      await delay(every * 333);
    }
  };
}

export async function soakCluster(trouble: Trouble): Promise<ClusterReport> {
  await using cluster = await Cluster.start();
  await cluster.run(trouble, { callers: 64, callPause: 200, changePause: 1_000, seed: Date.now() });
  const { lost, strange, failed, apart } = await cluster.verdict();
  const { record, convergence, nodes } = cluster;
  const late = convergence.running.filter(({ took }) => took > soon);
  return {
    calls: record.calls.length,
    cutOff: record.failed.length - failed.length,
    killed: nodes.reduce((sum, { lives }) => sum + lives.length - 1, 0),
    changes: countedBy(record.changes, ({ kind, outcome }) => `${kind}, ${outcome}`),
    refusals: countedBy(
      record.changes.filter(({ outcome }) => outcome !== "kept"),
      ({ why = "" }) => why,
    ),
    milliseconds: {
      acknowledged: spread(record.kept().map(({ sent, done }) => done - sent)),
      heard: spread(convergence.heard.map(({ took }) => took)),
      running: spread(convergence.running.map(({ took }) => took)),
    },
    late: late.map(({ node, plugin, took }) => `${plugin} on ${node} after ${Math.round(took)} ms`),
    wrong: [...record.wrong, ...lost, ...strange, ...failed, ...apart],
  };
}

function countedBy(changes: readonly SeenChange[], by: (change: SeenChange) => string) {
  const counted: Record<string, number> = {};
  for (const change of changes) counted[by(change)] = (counted[by(change)] ?? 0) + 1;
  return counted;
}

function spread(times: readonly number[]): Spread {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (part: number) => Math.round(sorted[Math.floor(sorted.length * part)] ?? 0);
  return { count: sorted.length, p50: at(0.5), p99: at(0.99), most: Math.round(sorted.at(-1) ?? 0) };
}
