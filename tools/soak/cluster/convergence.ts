/** Watch on how soon each host of a cluster hears of a change, and answers by it. */
import { setTimeout as delay } from "node:timers/promises";
import type { ClusterNode } from "./cluster-node.ts";
import { answerOf, type ClusterRecord, type SeenChange } from "./cluster-record.ts";

/** Change that a host is not seen to have followed yet. */
interface Awaited {
  readonly answer: string;
  readonly done: number;
}

/** Change that a host has followed. */
export interface Followed {
  readonly node: string;
  readonly plugin: string;
  /** Time at which it was acknowledged, and milliseconds from then on. */
  readonly done: number;
  readonly took: number;
}

export class Convergence {
  readonly heard: Followed[] = [];
  readonly running: Followed[] = [];
  readonly #record: ClusterRecord;
  readonly #nodes: readonly ClusterNode[];
  /** Oldest first, by host and plugin. */
  readonly #awaited = new Map<ClusterNode, Map<string, Awaited[]>>();
  /** When a change was acknowledged, by plugin and revision; and when a host heard of it before that. */
  readonly #acknowledged = new Map<string, number>();
  readonly #early = new Map<string, { readonly node: string; readonly at: number }[]>();

  constructor(record: ClusterRecord, nodes: readonly ClusterNode[]) {
    this.#record = record;
    this.#nodes = nodes;
    for (const node of nodes) this.#awaited.set(node, new Map());
    record.onKept((change) => this.#await(change));
  }

  /** Watches until the signal. */
  async watch(signal: AbortSignal): Promise<void> {
    await Promise.all(this.#nodes.flatMap((node) => [this.#look(node, signal), this.#listen(node, signal)]));
  }

  /** What no host was seen to follow, as sentences. */
  get missing(): string[] {
    return this.#nodes.flatMap((node) =>
      [...this.#awaited.get(node)!].flatMap(([plugin, awaited]) =>
        awaited.map(({ answer }) => `${node.name} has not followed ${plugin} to ${answer}`),
      ),
    );
  }

  #await({ plugin, node: by, answer, done, revision }: SeenChange): void {
    for (const node of this.#nodes) {
      const plugins = this.#awaited.get(node)!;
      // It has made its change from what was there before.
      if (node.name === by) plugins.delete(plugin);
      if (node.name === by || !node.ready) continue;
      plugins.set(plugin, [...(plugins.get(plugin) ?? []), { answer, done }]);
    }
    if (revision === undefined) return;
    const key = `${plugin} ${revision}`;
    this.#acknowledged.set(key, done);
    // Told before the answer was here.
    for (const { node } of this.#early.get(key) ?? []) this.heard.push({ node, plugin, done, took: 0 });
    this.#early.delete(key);
  }

  /** Asks for what it has not followed yet, every 10 ms. */
  async #look(node: ClusterNode, signal: AbortSignal): Promise<void> {
    const plugins = this.#awaited.get(node)!;
    while (!signal.aborted) {
      if (!node.ready) plugins.clear();
      for (const [plugin, awaited] of plugins) {
        const start = performance.now();
        const response = await fetch(`${node.url}/call/${plugin}/describe`).catch(() => undefined);
        const answer = response && (await answerOf(response).catch(() => undefined))?.answer;
        const end = performance.now();
        if (answer !== undefined) this.#record.calls.push({ plugin, answer, start, end, node: node.name });
        const reached = awaited.findLastIndex((each) => each.answer === answer);
        for (const { done } of awaited.splice(0, reached + 1))
          this.running.push({ node: node.name, plugin, done, took: end - done });
        if (awaited.length === 0) plugins.delete(plugin);
      }
      await delay(10);
    }
  }

  async #listen(node: ClusterNode, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      if (node.ready) await this.#stream(node, signal).catch(() => {});
      await delay(50);
    }
  }

  async #stream(node: ClusterNode, signal: AbortSignal): Promise<void> {
    const response = await node.ask("GET", "/events", undefined, signal);
    let rest = "";
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      const events = (rest + chunk).split("\n\n");
      rest = events.pop()!;
      for (const event of events) this.#hear(node, event);
    }
  }

  #hear(node: ClusterNode, event: string): void {
    const [, data] = /^data: (.*)$/m.exec(event) ?? [];
    if (data === undefined) return;
    const { plugin, revision } = JSON.parse(data) as { plugin?: string; revision?: number };
    if (plugin === undefined || revision === undefined) return;
    const now = performance.now();
    const key = `${plugin} ${revision}`;
    const done = this.#acknowledged.get(key);
    if (done !== undefined) this.heard.push({ node: node.name, plugin, done, took: now - done });
    else this.#early.set(key, [...(this.#early.get(key) ?? []), { node: node.name, at: now }]);
  }
}
