/**
 * What many hosts and plugins cost on NATS: beats and what hosts tell of themselves are measured up to 64 nodes, commits with three hosts, plugins up to a
 * thousand; the rest of the tables is reckoned from that (`scale/scale-model.ts`).
 */
import { setTimeout as delay } from "node:timers/promises";
import { connect } from "@nats-io/transport-node";
import { RegisterLeases } from "../host/nodes/register-leases.ts";
import { ownFacts } from "../host/nodes/told-nodes.ts";
import { openNatsStore } from "../host/store/nats/nats-store.ts";
import { MeteredNats, type Traffic } from "./scale/metered-nats.ts";
import { ScaleHost } from "./scale/scale-hosts.ts";
import { modelled } from "./scale/scale-model.ts";
import type { SizeTable } from "./support/table.ts";

const nodeCounts = [1, 3, 16, 64];
const pluginCounts = [200, 1_000] as const;
/** Milliseconds that traffic is counted for. */
const window = 3_000;
/** Commits that are counted, and milliseconds between two. */
const commits = 20;
const pause = 200;
/** What comes after the last one is counted too: standings wait for half a second. */
const settled = 1_500;

export interface Beats {
  readonly nodes: number;
  /** Hosts that stand still, and hosts that tell twice a second how far they are. */
  readonly idle: PerSecond;
  readonly telling: PerSecond;
}

/** Of NATS in all, a second; `hostCpu`: milliseconds of each host's. */
export interface PerSecond {
  readonly inMessages: number;
  readonly outMessages: number;
  readonly outBytes: number;
  readonly natsCpu: number;
  readonly hostCpu: number;
}

/** For one commit, without beats and what hosts tell of themselves. */
export interface CommitCost {
  readonly name: string;
  readonly writer: HostCost;
  readonly follower: HostCost;
}

export interface HostCost {
  /** Messages to NATS and from it. */
  readonly sent: number;
  readonly got: number;
  readonly bytes: number;
  readonly cpu: number;
}

/** Of a host that has begun anew, with so many plugins. */
export interface Begun {
  readonly plugins: number;
  readonly ready: number;
  readonly cpu: number;
  readonly heap: number;
  readonly resident: number;
  readonly messages: number;
  readonly bytes: number;
  /** Once all were called. */
  readonly liveHeap: number;
  readonly liveResident: number;
  readonly callsCpu: number;
}

export async function run(): Promise<SizeTable[]> {
  await using nats = await MeteredNats.start();
  const beats: Beats[] = [];
  for (const nodes of nodeCounts) beats.push(await beatsOf(nats, nodes));
  const url = `nats://127.0.0.1:${nats.port}/scale`;
  const hosts = [await ScaleHost.start(nats, url)];
  try {
    const begun = [await beginning(nats, url, 0)];
    hosts.push(await ScaleHost.start(nats, url), await ScaleHost.start(nats, url));
    const still = await during(nats, hosts, () => delay(window));
    const costs: CommitCost[] = [];
    const commit = async (name: string, version: number, first: number) =>
      costs.push(await commitCost(nats, hosts, still, { name, version, first }));
    await commit("a new plugin, 20 stored", 1, 0);
    for (const host of hosts) await host.ask({ do: "call", count: commits });
    await commit("a version of one that runs, 20 stored", 2, 0);
    await Promise.all(hosts.splice(1).map((host) => host.end()));
    let stored = commits;
    for (const plugins of pluginCounts) {
      await hosts[0]!.ask({ do: "deploy", first: stored, count: plugins - stored, version: 1, atOnce: 16 });
      stored = plugins;
      begun.push(await beginning(nats, url, plugins));
    }
    hosts.push(await ScaleHost.start(nats, url), await ScaleHost.start(nats, url));
    await quiet(nats);
    await commit("a new plugin, 1,000 stored", 1, stored);
    return modelled({ beats, costs, begun });
  } finally {
    await Promise.all(hosts.map((host) => host.end()));
  }
}

/** Leases of so many hosts with a connection and a followed log each, all of them in this process. */
async function beatsOf(nats: MeteredNats, nodes: number): Promise<Beats> {
  await using opened = new AsyncDisposableStack();
  const url = `nats://127.0.0.1:${nats.port}/beats${nodes}`;
  const joined: RegisterLeases[] = [];
  for (let i = 0; i < nodes; i++) {
    const store = opened.use(await openNatsStore({ url, patience: 20_000 }));
    const facts = { ...ownFacts("1.0.0"), address: "http://10.0.0.1:8080", cells: "10.0.0.1:7801" };
    joined.push(opened.use(await RegisterLeases.join(store.registers!, facts)));
  }
  const second = async (work: () => Promise<void>): Promise<PerSecond> => {
    const before = process.cpuUsage();
    const end = await nats.measure();
    await work();
    const { inMessages, outMessages, outBytes, cpu, seconds } = await end();
    const { user, system } = process.cpuUsage(before);
    const [perSecond, own] = [(value: number) => value / seconds, (user + system) / 1e3 / nodes];
    return {
      ...{ inMessages: perSecond(inMessages), outMessages: perSecond(outMessages) },
      ...{ outBytes: perSecond(outBytes), natsCpu: perSecond(cpu), hostCpu: perSecond(own) },
    };
  };
  const idle = await second(() => delay(window));
  const telling = await second(async () => {
    const end = performance.now() + window;
    for (let followed = 1; performance.now() < end; followed++) {
      const due = performance.now() + 500;
      await Promise.all(joined.map((leases) => leases.stands({ followed })));
      await delay(Math.max(0, due - performance.now()));
    }
  });
  return { nodes, idle, telling };
}

/** Resolves once hosts have done what they do after they are ready. */
async function quiet(nats: MeteredNats): Promise<void> {
  for (let tries = 0; tries < 20; tries++) {
    const end = await nats.measure();
    await delay(500);
    if ((await end()).inMessages < 10) return;
  }
}

interface Span {
  readonly hosts: readonly { readonly traffic: Traffic; readonly cpu: number }[];
  /** Messages in which hosts told of themselves, and their bytes: each host is sent all of them. */
  readonly told: number;
  readonly toldBytes: number;
}

async function during(
  nats: MeteredNats,
  hosts: readonly ScaleHost[],
  work: () => Promise<unknown>,
): Promise<Span> {
  const connection = await connect({ port: nats.port });
  try {
    let [told, toldBytes] = [0, 0];
    const callback = (_: unknown, { data }: { data: Uint8Array }) => {
      told++;
      toldBytes += data.length;
    };
    connection.subscribe("scale.data.registers.node.*", { callback });
    await connection.flush();
    const before = await Promise.all(hosts.map((host) => host.ask({ do: "look" })));
    const ends = await Promise.all(hosts.map(({ connections }) => nats.measure(connections)));
    await work();
    const traffic = await Promise.all(ends.map((end) => end()));
    const after = await Promise.all(hosts.map((host) => host.ask({ do: "look" })));
    const spans = traffic.map((one, i) => ({ traffic: one, cpu: after[i]!.cpu - before[i]!.cpu }));
    return { hosts: spans, told, toldBytes };
  } finally {
    await connection.close();
  }
}

/** What commits at the first host cost it and the others, beyond what there is while nothing happens. */
async function commitCost(
  nats: MeteredNats,
  hosts: readonly ScaleHost[],
  still: Span,
  { name, version, first }: { name: string; version: number; first: number },
): Promise<CommitCost> {
  const span = await during(nats, hosts, async () => {
    await hosts[0]!.ask({ do: "deploy", first, count: commits, version, every: pause });
    await delay(settled);
  });
  const costs = span.hosts.map(({ traffic, cpu }, i): HostCost => {
    const quiet = still.hosts[i]!;
    const times = traffic.seconds / quiet.traffic.seconds;
    // Of what hosts told of themselves each was sent all, and sent its part and had that acknowledged.
    const more = span.told - still.told * times;
    const each = more / hosts.length;
    const beyond = (of: keyof Traffic) => traffic[of] - quiet.traffic[of] * times;
    const bytes = beyond("outBytes") - (span.toldBytes - still.toldBytes * times);
    return {
      sent: (beyond("inMessages") - each) / commits,
      got: (beyond("outMessages") - each - more) / commits,
      bytes: bytes / commits,
      cpu: (cpu - quiet.cpu * times) / commits,
    };
  });
  const [writer, ...followers] = costs;
  const mean = (of: keyof HostCost) => followers.reduce((all, one) => all + one[of], 0) / followers.length;
  const follower = { sent: mean("sent"), got: mean("got"), bytes: mean("bytes"), cpu: mean("cpu") };
  return { name, writer: writer!, follower };
}

/** Of a host that begins with so many plugins stored, and calls them all then. */
async function beginning(nats: MeteredNats, url: string, plugins: number): Promise<Begun> {
  const before: number[] = [];
  for (let i = 0; i < 2; i++) {
    const other = await ScaleHost.start(nats, url);
    before.push(other.first.ready);
    await other.end();
  }
  const host = await ScaleHost.start(nats, url);
  try {
    const [counted] = [...(await nats.connections())].flatMap(([cid, c]) =>
      host.connections.has(cid) ? [c] : [],
    );
    const { cpu, heap, resident } = host.first;
    // Most of it is waited for, so that it is the least of three that other work on the machine has disturbed least.
    const ready = Math.min(host.first.ready, ...before);
    if (host.first.plugins !== plugins)
      throw new Error(`It has ${host.first.plugins} plugins, and not ${plugins}.`);
    const live = await host.ask({ do: "call", count: plugins, atOnce: 16 });
    return {
      ...{ plugins, ready, cpu, heap, resident },
      ...{ messages: counted!.in_msgs + counted!.out_msgs, bytes: counted!.out_bytes },
      ...{ liveHeap: live.heap, liveResident: live.resident, callsCpu: live.cpu - cpu },
    };
  } finally {
    await host.end();
  }
}
