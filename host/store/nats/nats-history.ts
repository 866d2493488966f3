/** History of the plugins of a store on NATS: which commits of a plugin are kept as deployments. */
import type { NatsLink } from "../../nats/nats-link.ts";
import type { NatsMessage } from "../../nats/nats-message.ts";
import { parsedForm, unknownIn } from "../../skew/known-form.ts";
import { retained } from "../retention.ts";
import type { Retention } from "../store.ts";
import { type CommitHead, eventId, messageOf, readHead, unknownInMessage } from "./log-message.ts";
import type { Places } from "./places.ts";

/** Commit as it is listed. */
export interface ListedCommit extends CommitHead {
  readonly seq: number;
  /** Clause on what of it this Hotcell does not know. */
  readonly unknown: string | undefined;
}

/** Result of cutting a history. */
interface Pruned {
  readonly forgotten: number;
  /** Digests that it names no more. */
  readonly letGo: readonly string[];
}

/** Commits that were kept when a history was last cut: of those up to a revision, these. */
interface Kept {
  readonly upTo: number;
  readonly revisions: readonly number[];
}

/** Plugins whose histories are asked for one by one; of more, all are read. */
const keptAtOnce = 32;

/** Form of such a list: of what is kept in one that is not known here, nothing is forgotten. */
const keptForm = { form: 1 };

export class NatsHistory {
  readonly #link: NatsLink;
  readonly #places: Places;

  constructor(link: NatsLink, places: Places) {
    this.#link = link;
    this.#places = places;
  }

  /** Kept commits of a plugin, oldest first. */
  async of(plugin: string): Promise<ListedCommit[]> {
    const subject = this.#places.commits(plugin);
    const { kept } = await this.#kept(subject);
    return (await this.#commits(subject)).filter((commit) => isKept(kept, commit));
  }

  /** Kept commits of the plugin whose commits have this subject, and the newest, kept or not; and the number of that one. */
  async references(subject: string): Promise<{ readonly commits: ListedCommit[]; readonly last: number }> {
    const { kept } = await this.#kept(subject);
    const commits = await this.#commits(subject);
    const newest = commits.at(-1);
    return {
      commits: commits.filter((commit) => commit === newest || isKept(kept, commit)),
      last: newest?.seq ?? 0,
    };
  }

  /** Kept commits of all plugins, and the newest of each, kept or not. */
  async all(): Promise<{ readonly kept: ListedCommit[]; readonly newest: ListedCommit[] }> {
    const keptOf = await this.#allKept();
    const commits = await this.#commits(this.#places.everyCommit);
    const newest = new Map(commits.map((commit) => [commit.plugin, commit]));
    return {
      kept: commits.filter((commit) => isKept(keptOf(this.#places.commits(commit.plugin)), commit)),
      newest: [...newest.values()],
    };
  }

  /** Their messages go once their events, those before `first`, are forgotten too. */
  async prune(plugin: string, keep: Retention, first: number): Promise<Pruned> {
    const subject = this.#places.commits(plugin);
    for (const outrun = this.#link.turns(this.#places.kept(plugin)); ; await outrun()) {
      const { kept, unknown, seq } = await this.#kept(subject);
      if (unknown) return { forgotten: 0, letGo: [] };
      const commits = await this.#commits(subject);
      const before = commits.filter((commit) => isKept(kept, commit));
      const after = retained(before, keep, ({ bytes }) => bytes);
      if (after.length === before.length) return { forgotten: 0, letGo: [] };
      const revisions = after.map(({ revision }) => revision);
      const data = JSON.stringify({ upTo: after.at(-1)!.revision, revisions } satisfies Kept);
      if ((await this.#link.publish(this.#places.kept(plugin), { data, expected: seq })) === undefined)
        continue;
      await this.#erase(
        commits.filter((commit) => !after.includes(commit)),
        first,
      );
      const referred = new Set(after.flatMap(digestsIn));
      return {
        forgotten: before.length - after.length,
        letGo: before.flatMap(digestsIn).filter((digest) => !referred.has(digest)),
      };
    }
  }

  /** Removes the messages of commits that are neither kept nor in the log any more, which began at event `from` and begins at `first` now. */
  async forget(first: number, from = 0): Promise<void> {
    const messages = await this.#link.scan(this.#places.log, this.#places.everyCommit, {
      ...{ from: Math.max(1, messageOf(from)), headsOnly: true },
      wants:
        () =>
        ({ seq }) =>
          eventId(seq, 0) < first,
    });
    const subjects = new Set(messages.map(({ subject }) => subject));
    const kept = subjects.size > keptAtOnce ? await this.#allKept() : await this.#keptOfSome(subjects);
    await this.#erase(
      messages.filter((message) => !isKept(kept(message.subject), listed(message))),
      first,
    );
  }

  async #erase(commits: readonly Pick<ListedCommit, "seq">[], first: number): Promise<void> {
    for (const { seq } of commits)
      if (eventId(seq, 0) < first) await this.#link.remove(this.#places.log, seq, true);
  }

  async #commits(subject: string): Promise<ListedCommit[]> {
    const messages = await this.#link.scan(this.#places.log, subject, { headsOnly: true });
    return messages.map(listed);
  }

  /** Cut of a history, by the subject of its commits. */
  async #kept(
    commits: string,
  ): Promise<{ readonly kept: Kept | undefined; readonly unknown: boolean; readonly seq: number }> {
    const message = await this.#link.last(this.#places.data, this.#places.keptOf(commits));
    const kept = message && keptIn(message);
    return { kept, unknown: message !== undefined && !kept, seq: message?.seq ?? 0 };
  }

  /** Cuts of all histories, by those. */
  async #allKept(): Promise<KeptOf> {
    const messages = await this.#link.scan(this.#places.data, this.#places.everyKept, { lastOnly: true });
    const all = new Map(messages.map((message) => [message.subject, keptIn(message)]));
    return (commits) => all.get(this.#places.keptOf(commits));
  }

  async #keptOfSome(subjects: ReadonlySet<string>): Promise<KeptOf> {
    const some = [...subjects].map(async (subject) => [subject, (await this.#kept(subject)).kept] as const);
    const all = new Map(await Promise.all(some));
    return (commits) => all.get(commits);
  }
}

type KeptOf = (commits: string) => Kept | undefined;

export function listed(message: NatsMessage): ListedCommit {
  return { ...readHead(message).commit!, seq: message.seq, unknown: unknownInMessage(message) };
}

/** Digests that a commit names. */
export function digestsIn({ digest, spill }: Pick<CommitHead, "digest" | "spill">): string[] {
  return [digest ?? [], spill ?? []].flat();
}

function isKept(kept: Kept | undefined, { revision }: ListedCommit): boolean {
  return kept === undefined || revision > kept.upTo || kept.revisions.includes(revision);
}

/** Undefined for what this Hotcell does not know. */
function keptIn({ data }: NatsMessage): Kept | undefined {
  const kept = parsedForm(data);
  return unknownIn(kept, keptForm) === undefined ? (kept as Kept) : undefined;
}
