/** History of the plugins of a store on NATS: which commits of a plugin are kept as deployments. */
import type { NatsLink } from "../../nats/nats-link.ts";
import type { NatsMessage } from "../../nats/nats-message.ts";
import { retained } from "../retention.ts";
import type { Retention } from "../store.ts";
import { type CommitHead, eventId, readHead } from "./log-message.ts";
import { lastPart, type Places } from "./places.ts";

/** Commit as it is listed. */
export interface ListedCommit extends CommitHead {
  readonly seq: number;
}

/** Commits that were kept when a history was last cut: of those up to a revision, these. */
interface Kept {
  readonly upTo: number;
  readonly revisions: readonly number[];
}

export class NatsHistory {
  readonly #link: NatsLink;
  readonly #places: Places;

  constructor(link: NatsLink, places: Places) {
    this.#link = link;
    this.#places = places;
  }

  /** Kept commits of a plugin, oldest first. */
  async of(plugin: string): Promise<ListedCommit[]> {
    const { kept } = await this.#kept(plugin);
    return (await this.#commits(this.#places.commits(plugin))).filter((commit) => isKept(kept, commit));
  }

  /** Kept commits of all plugins, and the newest of each, kept or not. */
  async all(): Promise<{ readonly kept: ListedCommit[]; readonly newest: ListedCommit[] }> {
    const keptOf = await this.#allKept();
    const commits = await this.#commits(this.#places.everyCommit);
    const newest = new Map(commits.map((commit) => [commit.plugin, commit]));
    return {
      kept: commits.filter((commit) => isKept(keptOf(commit.plugin), commit)),
      newest: [...newest.values()],
    };
  }

  /** Resolves to how many are forgotten. Their messages go once their events, those before `first`, are forgotten too. */
  async prune(plugin: string, keep: Retention, first: number): Promise<number> {
    for (const outrun = this.#link.turns(this.#places.kept(plugin)); ; await outrun()) {
      const { kept, seq } = await this.#kept(plugin);
      const commits = await this.#commits(this.#places.commits(plugin));
      const before = commits.filter((commit) => isKept(kept, commit));
      const after = retained(before, keep, ({ bytes }) => bytes);
      if (after.length === before.length) return 0;
      const revisions = after.map(({ revision }) => revision);
      const data = JSON.stringify({ upTo: after.at(-1)!.revision, revisions } satisfies Kept);
      if ((await this.#link.publish(this.#places.kept(plugin), { data, expected: seq })) === undefined)
        continue;
      await this.#erase(
        commits.filter((commit) => !after.includes(commit)),
        first,
      );
      return before.length - after.length;
    }
  }

  /** Removes the messages of commits that are neither kept nor in the log any more, which begins at event `first`. */
  async forget(first: number): Promise<void> {
    const keptOf = await this.#allKept();
    const commits = await this.#commits(this.#places.everyCommit);
    await this.#erase(
      commits.filter((commit) => !isKept(keptOf(commit.plugin), commit)),
      first,
    );
  }

  async #erase(commits: readonly ListedCommit[], first: number): Promise<void> {
    for (const { seq } of commits)
      if (eventId(seq, 0) < first) await this.#link.remove(this.#places.log, seq, true);
  }

  async #commits(subject: string): Promise<ListedCommit[]> {
    const messages = await this.#link.scan(this.#places.log, subject, { headsOnly: true });
    return messages.map(listed);
  }

  async #kept(plugin: string): Promise<{ readonly kept: Kept | undefined; readonly seq: number }> {
    const message = await this.#link.last(this.#places.data, this.#places.kept(plugin));
    return { kept: message && keptIn(message), seq: message?.seq ?? 0 };
  }

  async #allKept(): Promise<(plugin: string) => Kept | undefined> {
    const messages = await this.#link.scan(this.#places.data, this.#places.everyKept, { lastOnly: true });
    const all = new Map(messages.map((message) => [lastPart(message.subject), keptIn(message)]));
    return (plugin) => all.get(lastPart(this.#places.kept(plugin)));
  }
}

export function listed(message: NatsMessage): ListedCommit {
  return { ...readHead(message).commit!, seq: message.seq };
}

function isKept(kept: Kept | undefined, { revision }: ListedCommit): boolean {
  return kept === undefined || revision > kept.upTo || kept.revisions.includes(revision);
}

function keptIn({ data }: NatsMessage): Kept {
  return JSON.parse(Buffer.from(data).toString()) as Kept;
}
