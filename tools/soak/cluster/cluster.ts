/**
 * Three hosts on three NATS servers behind HAProxy, called and changed all the while, and troubled on purpose: no acknowledged
 * change is lost, no call is answered by what was not live, and all agree in the end.
 */
import { join } from "node:path";
import { openNatsStore } from "../../../host/store/nats/nats-store.ts";
import { killRunning } from "../../../test/support/cli.ts";
import { freePorts } from "../../../test/support/processes.ts";
import { type NatsServer, natsCluster } from "../../../test/system/nats/nats-server.ts";
import { temporaryFolder } from "../support/folder.ts";
import { generator } from "../support/random.ts";
import { type Balancer, startBalancer } from "./balancer.ts";
import { callAll } from "./cluster-callers.ts";
import { Changer, Numbers } from "./cluster-changer.ts";
import { historyOf } from "./cluster-history.ts";
import { ClusterNode } from "./cluster-node.ts";
import { ClusterRecord } from "./cluster-record.ts";
import { type ClusterVerdict, judgeCluster } from "./cluster-verdict.ts";
import { Convergence } from "./convergence.ts";
import { waitedFor } from "./waited-for.ts";

export interface ClusterLoad {
  readonly callers: number;
  /** Milliseconds that each caller waits between calls, and each changer between changes, about. */
  readonly callPause: number;
  readonly changePause: number;
  readonly seed: number;
}

/** Trouble while there is load: resolves once it is over. */
export type Trouble = (cluster: Cluster, random: (below: number) => number) => Promise<void>;

const stays = ["s1", "s2", "s3"];
const goes = ["d1", "d2"];
const plugins = [...stays, ...goes];

export class Cluster {
  readonly servers: readonly NatsServer[];
  readonly nodes: readonly ClusterNode[];
  readonly record = new ClusterRecord();
  readonly convergence: Convergence;
  readonly balancer: Balancer;
  readonly #parts: AsyncDisposableStack;
  readonly #numbers = new Numbers();

  private constructor(
    servers: readonly NatsServer[],
    nodes: readonly ClusterNode[],
    balancer: Balancer,
    parts: AsyncDisposableStack,
  ) {
    this.servers = servers;
    this.nodes = nodes;
    this.balancer = balancer;
    this.#parts = parts;
    this.convergence = new Convergence(this.record, nodes);
  }

  /** Resolves when all of it is ready. */
  static async start(): Promise<Cluster> {
    await using parts = new AsyncDisposableStack();
    const { path } = parts.use(await temporaryFolder());
    const servers = await natsCluster();
    for (const server of servers) parts.use(server);
    const store = `nats://${servers.map(({ port }) => `127.0.0.1:${port}`).join(",")}/cluster`;
    await waitedFor("NATS to have elected its leaders", async () => {
      const opened = await openNatsStore({ url: store, replicas: 3 }).catch(() => undefined);
      await opened?.close();
      return opened !== undefined;
    });
    const [front, ...ports] = await freePorts(4);
    parts.defer(() => killRunning());
    const names = ["one", "two", "three"];
    const nodes = names.map((name, i) => {
      return new ClusterNode(name, { port: ports[i]!, data: join(path, name), store });
    });
    await Promise.all(nodes.map((node) => node.start()));
    const addresses = new Map(nodes.map(({ name, url }) => [name, url.slice("http://".length)]));
    const balancer = parts.use(await startBalancer(path, front!, addresses));
    return new Cluster(servers, nodes, balancer, parts.move());
  }

  /** Load beside that trouble, until it is over and all has settled. */
  async run(trouble: Trouble, { callers, callPause, changePause, seed }: ClusterLoad): Promise<void> {
    const { record, nodes } = this;
    const random = generator(seed);
    const common = { record, nodes, random, numbers: this.#numbers };
    const changers = plugins.map((name) => new Changer(name, goes.includes(name), common));
    const ending = new AbortController();
    const watched = new AbortController();
    await Promise.all(changers.map((changer) => changer.settle()));
    const calling = { url: this.balancer.url, plugins, callers, pause: callPause, random };
    const watching = this.convergence.watch(watched.signal);
    const busy = [
      callAll(record, calling, ending.signal),
      ...changers.map((changer) => changer.run(changePause, ending.signal)),
    ];
    try {
      await trouble(this, random);
    } finally {
      ending.abort();
    }
    await Promise.all(busy);
    await Promise.all(nodes.map((node) => node.untilReady()));
    // All are there in the end.
    await Promise.all(changers.map((changer) => changer.settle()));
    await waitedFor("all hosts to follow", () => this.convergence.missing.length === 0).catch(() => {
      record.wrong.push(...this.convergence.missing);
    });
    watched.abort();
    await watching;
  }

  async verdict(): Promise<ClusterVerdict & { readonly apart: readonly string[] }> {
    const histories = await Promise.all(this.nodes.map((node) => historyOf(node, plugins, this.record)));
    const [first] = histories;
    const apart = this.nodes.flatMap(({ name }, i) =>
      plugins.flatMap((plugin) => {
        const [here, there] = [first!.get(plugin), histories[i]!.get(plugin)].map((all) => all!.join(", "));
        return here === there ? [] : [`${plugin} on ${name}: ${there}; on ${this.nodes[0]!.name}: ${here}`];
      }),
    );
    return { ...judgeCluster(this.record, this.nodes, first!), apart };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#parts.disposeAsync();
  }
}
