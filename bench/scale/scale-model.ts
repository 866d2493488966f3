/** Tables of `bench -- scale`: what was measured, and what many hosts come to by that. */
import type { Beats, Begun, CommitCost } from "../scale.ts";
import type { SizeTable } from "../support/table.ts";

/** Beats of a host a second, and how often it tells at most how far it has followed (`host/nodes`). */
const [beat, tellings] = [1, 2];
const nodeCounts = [1, 3, 16, 64];
const rates = [0, 1, 10];
const pluginCounts = [1_000, 10_000];

interface Measured {
  readonly beats: readonly Beats[];
  readonly costs: readonly CommitCost[];
  readonly begun: readonly Begun[];
}

export function modelled(measured: Measured): SizeTable[] {
  return [
    {
      title: "Measured: nodes that stand still or tell how far they are, a second",
      rows: beatRows(measured),
    },
    { title: "Measured: a commit, with three hosts", rows: commitRows(measured) },
    { title: "Measured: a host that begins", rows: measured.begun.map((begun) => row(...beginning(begun))) },
    { title: "Reckoned: nodes and deployments, a second", rows: trafficRows(measured) },
    { title: "Reckoned: a host that begins", rows: pluginRows(measured) },
  ];
}

function beatRows({ beats }: Measured): SizeTable["rows"] {
  return beats.flatMap(({ nodes, idle, telling }) =>
    Object.entries({ idle, telling }).map(([name, { inMessages, outMessages, outBytes, natsCpu, hostCpu }]) =>
      row(`${nodes} nodes, ${name}`, {
        ...{ "messages in": inMessages, "messages out": outMessages, "kB out": outBytes / 1e3 },
        ...{ "ms of NATS": natsCpu, "ms of each host": hostCpu },
      }),
    ),
  );
}

function commitRows({ costs }: Measured): SizeTable["rows"] {
  return costs.flatMap(({ name, writer, follower }) =>
    Object.entries({ writer, follower }).map(([whose, { sent, got, bytes, cpu }]) =>
      row(`${name}: ${whose}`, { sent, got, "kB got": bytes / 1e3, "ms of processor": cpu }),
    ),
  );
}

function beginning(begun: Begun): [string, Record<string, number>] {
  const { plugins, ready, cpu, heap, resident, messages, bytes, liveHeap, liveResident, callsCpu } = begun;
  return [
    `${plugins.toLocaleString("en")} plugins`,
    {
      ...{ "ready after ms": ready, "ms of processor": cpu, messages, "MB read": bytes / 1e6 },
      ...{ "MB of heap": heap / 1e6, "MB resident": resident / 1e6 },
      ...{ "all live, heap": liveHeap / 1e6, "all live, resident": liveResident / 1e6 },
      "ms to make them live": callsCpu,
    },
  ];
}

/**
 * What a host tells goes to all hosts, so messages grow with the square of their number. A message's bytes and the times for it are those of the most that
 * was measured; a deployment is one of a version that runs on all hosts.
 */
function trafficRows({ beats, costs }: Measured): SizeTable["rows"] {
  const [one, most] = [beats[0]!.idle, beats.at(-1)!.telling];
  const { nodes } = beats.at(-1)!;
  const { writer, follower } = costs[1]!;
  const standing = one.outMessages - 2 * one.inMessages;
  const size = most.outBytes / most.outMessages;
  const natsTime = (most.natsCpu - one.natsCpu) / (most.outMessages - one.outMessages);
  const hostTime = (most.hostCpu * nodes) / most.outMessages;
  return nodeCounts.flatMap((count) =>
    rates.map((rate) => {
      const told = beat + Math.min(rate, tellings);
      const others = count - 1;
      const heard = count * (standing + told * (1 + count));
      const out = heard + rate * (writer.got + others * follower.got);
      return row(`${count} nodes, ${rate} deployments`, {
        "messages in": count * told + rate * (writer.sent + others * follower.sent),
        "messages out": out,
        "kB out": (heard * size + rate * (writer.bytes + others * follower.bytes)) / 1e3,
        "ms of NATS": one.natsCpu + natsTime * (out - one.outMessages),
        "ms of each host": (hostTime * heard) / count + rate * follower.cpu,
      });
    }),
  );
}

/** By the line through the two most that were measured. */
function pluginRows({ begun }: Measured): SizeTable["rows"] {
  const [few, many] = begun.slice(-2) as [Begun, Begun];
  return pluginCounts.map((plugins) => {
    const part = (plugins - few.plugins) / (many.plugins - few.plugins);
    const names = Object.keys(many) as (keyof Begun)[];
    const line = names.map((name) => [name, few[name] + part * (many[name] - few[name])]);
    return row(...beginning(Object.fromEntries(line) as unknown as Begun));
  });
}

function row(name: string, values: Record<string, number>): SizeTable["rows"][number] {
  const rounded = Object.entries(values).map(([of, value]) => [of, Number(value.toPrecision(3))] as const);
  return { name, bytes: new Map(rounded) };
}
