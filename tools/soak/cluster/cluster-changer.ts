/** Somebody who changes one plugin of a cluster again and again, by asking a host at random each time. */
import { createHash } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { labelOf, version } from "../../../test/guests/obedient.ts";
import type { ClusterNode } from "./cluster-node.ts";
import { type ChangeKind, type ClusterRecord, removed, type SeenChange } from "./cluster-record.ts";
import { waitedFor } from "./waited-for.ts";

/** What is there, as far as its changer knows. */
interface KnownState {
  readonly label: string;
  readonly text: string;
}

interface Deployed {
  readonly revision: number;
  readonly version: string;
  readonly settings: { readonly env?: { readonly text?: string } };
}

/** Numbers for labels and texts, each of which is used once in a run. */
export class Numbers {
  #last = 0;

  next(): number {
    return ++this.#last;
  }
}

/** Answers of a host that a change may have: it can't be kept now, or the host does not know of the last one yet. */
const passing = new Set(["store-unavailable", "stale-revision", "plugin-not-found"]);

export class Changer {
  readonly #plugin: string;
  readonly #removable: boolean;
  readonly #record: ClusterRecord;
  readonly #nodes: readonly ClusterNode[];
  readonly #random: (below: number) => number;
  readonly #numbers: Numbers;
  /** Versions that can be rolled back to, by label. */
  #versions = new Map<string, string>();
  /** Answers that there were: each is to mean one revision. */
  readonly #used = new Set<string>();
  #state: KnownState | undefined;

  constructor(
    plugin: string,
    removable: boolean,
    cluster: {
      readonly record: ClusterRecord;
      readonly nodes: readonly ClusterNode[];
      readonly random: (below: number) => number;
      readonly numbers: Numbers;
    },
  ) {
    this.#plugin = plugin;
    this.#removable = removable;
    this.#record = cluster.record;
    this.#nodes = cluster.nodes;
    this.#random = cluster.random;
    this.#numbers = cluster.numbers;
  }

  /** Changes until the signal, about as often as `pause` says, in milliseconds. */
  async run(pause: number, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.once();
      await delay(pause / 2 + this.#random(pause), undefined, { signal }).catch(() => {});
    }
  }

  /** Uploads until that is acknowledged. */
  async settle(): Promise<void> {
    const kept = this.#record.kept(this.#plugin).length;
    await waitedFor(`an upload of ${this.#plugin} to be acknowledged`, async () => {
      await this.#upload(await this.#aNode());
      return this.#record.kept(this.#plugin).length > kept;
    });
  }

  async once(): Promise<void> {
    const kind = this.#kind();
    const node = await this.#aNode();
    if (kind === "upload") return this.#upload(node);
    if (kind === "settings") return this.#configure(node);
    if (kind === "removal") return this.#change("removal", node, { answer: removed }, "DELETE", "");
    const target = this.#rollbackTarget()!;
    const { text } = this.#state!;
    const to = { answer: `${target} ${text}`, state: { label: target, text } };
    return this.#change("rollback", node, to, "POST", "/rollback", { to: this.#versions.get(target) });
  }

  #kind(): ChangeKind {
    if (!this.#state) return "upload";
    const dice = this.#random(20);
    if (this.#removable && dice < 2) return "removal";
    if (dice < 9) return "upload";
    if (dice < 13 && this.#rollbackTarget() !== undefined) return "rollback";
    return "settings";
  }

  /** One that calls have never answered with the settings of now. */
  #rollbackTarget(): string | undefined {
    const { label: live, text } = this.#state!;
    return [...this.#versions.keys()]
      .reverse()
      .find((label) => label !== live && !this.#used.has(`${label} ${text}`));
  }

  /** One of those that were ready when they were last looked at; it may be dead by now. */
  #aNode(): Promise<ClusterNode> {
    return waitedFor("a host that is ready", () => {
      const ready = this.#nodes.filter((node) => node.ready);
      return ready[this.#random(ready.length)];
    });
  }

  async #upload(node: ClusterNode): Promise<void> {
    const number = this.#numbers.next();
    const state = { label: labelOf(number), text: `text-${number}` };
    const bytes = await version(number);
    this.#record.labels.set(`sha256:${createHash("sha256").update(bytes).digest("hex")}`, state.label);
    const form = new FormData();
    form.append("plugin", new Blob([bytes]));
    form.append("settings", JSON.stringify({ mode: "fresh", env: { text: state.text } }));
    return this.#change("upload", node, { answer: `${state.label} ${state.text}`, state }, "PUT", "", form);
  }

  #configure(node: ClusterNode): Promise<void> {
    const { label } = this.#state!;
    const text = `text-${this.#numbers.next()}`;
    const to = { answer: `${label} ${text}`, state: { label, text } };
    return this.#change("settings", node, to, "PATCH", "", { env: { text } });
  }

  async #change(
    kind: ChangeKind,
    node: ClusterNode,
    { answer, state }: { readonly answer: string; readonly state?: KnownState },
    method: string,
    path: string,
    body?: object,
  ): Promise<void> {
    this.#used.add(answer);
    const sent = performance.now();
    const response = await node.ask(method, `/plugins/${this.#plugin}${path}`, body).catch(() => undefined);
    const text = await response?.text().catch(() => undefined);
    const seen = { plugin: this.#plugin, kind, node: node.name, answer, sent, done: performance.now() };
    if (response && text !== undefined && response.status < 300) {
      const deployed = text === "" ? undefined : (JSON.parse(text) as Deployed);
      if (state && deployed) this.#versions.set(state.label, deployed.version);
      if (!state) this.#versions = new Map();
      // A host that could know no better may have rolled back with other settings than the last.
      const kept = state && { ...state, text: deployed?.settings.env?.text ?? state.text };
      this.#state = kept;
      const now = kept ? `${kept.label} ${kept.text}` : answer;
      this.#used.add(now);
      this.#record.add({ ...seen, answer: now, outcome: "kept", revision: deployed?.revision });
      return;
    }
    const refusal = this.#refusal(response?.status, text, node, seen);
    this.#record.add({ ...seen, ...refusal });
    this.#state = await this.#found();
    // What was removed, or may have been, can't be rolled back to.
    if (!this.#state || (kind === "removal" && refusal.outcome === "unknown")) this.#versions = new Map();
  }

  #refusal(
    status: number | undefined,
    text: string | undefined,
    node: ClusterNode,
    { sent, kind }: Pick<SeenChange, "sent" | "kind">,
  ): Pick<SeenChange, "outcome" | "why"> {
    const what = `${kind} of ${this.#plugin} on ${node.name}`;
    if (status === undefined || text === undefined) {
      if (!node.diedBetween(sent, performance.now()))
        this.#record.wrong.push(`${what}: no answer, and its host lives`);
      return { outcome: "unknown", why: "no answer" };
    }
    const { code = "", detail = "" } = text.startsWith("{") ? JSON.parse(text) : {};
    if (!passing.has(code)) this.#record.wrong.push(`${what}: ${status} ${text.slice(0, 300)}`);
    if (code === "store-unavailable" && status !== 503) this.#record.wrong.push(`${what}: ${status} ${code}`);
    const outcome = /did not say in time/.test(detail) ? "unknown" : "refused";
    return { outcome, why: `${status} ${code}: ${detail}` };
  }

  /** What a host says that is there. It may be behind, so that the next change can be refused. */
  async #found(): Promise<KnownState | undefined> {
    const details = await waitedFor("a host to say what is deployed", async () => {
      const node = await this.#aNode();
      const response = await node.ask("GET", `/plugins/${this.#plugin}`).catch(() => undefined);
      const text = await response?.text().catch(() => undefined);
      if (response?.status === 404) return removed;
      return response?.status === 200 && text ? (JSON.parse(text) as Deployed) : undefined;
    });
    if (details === removed) return undefined;
    const { version: digest, settings } = details;
    const label = this.#record.labels.get(digest);
    const text = settings.env?.text;
    return label === undefined || text === undefined ? undefined : { label, text };
  }
}
