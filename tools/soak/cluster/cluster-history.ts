/** What a host says that was kept of each plugin, and what its calls answered from each revision on. */
import type { ClusterNode } from "./cluster-node.ts";
import { type ClusterRecord, removed } from "./cluster-record.ts";

/** What calls answer at each revision of a plugin, from the first on. */
export type KeptHistory = ReadonlyMap<string, readonly string[]>;

interface LoggedCommit {
  readonly plugin?: string;
  readonly revision?: number;
  readonly data: { readonly version?: string } | null;
}

interface ListedDeployments {
  readonly deployments: readonly {
    readonly revision: number;
    readonly version?: { readonly digest: string } | null;
    readonly settings?: { readonly env?: { readonly text?: string } } | null;
  }[];
}

/**
 * The log has every commit, with the digest of its version. What settings it had is in the list of deployments, which forgets all
 * before a removal: there it is what whoever made the change knows.
 */
export async function historyOf(
  node: ClusterNode,
  plugins: readonly string[],
  record: ClusterRecord,
): Promise<KeptHistory> {
  const commits = (await loggedBy(node)).filter(({ revision }) => revision !== undefined);
  const history = new Map<string, string[]>();
  for (const plugin of plugins) {
    const { deployments } = await node.answer<ListedDeployments>(`/plugins/${plugin}/deployments?limit=1000`);
    const texts = new Map(
      deployments.flatMap(({ revision, version, settings }) =>
        version ? [[revision, settings?.env?.text] as const] : [],
      ),
    );
    const known = new Guesses(record, plugin);
    const answers: string[] = [];
    for (const { revision, data } of commits.filter((commit) => commit.plugin === plugin)) {
      const version = data?.version;
      const label = version === undefined ? removed : `${record.labels.get(version)}`;
      if (version === undefined) answers[revision! - 1] = removed;
      else if (texts.has(revision!)) answers[revision! - 1] = `${label} ${texts.get(revision!)}`;
      else answers[revision! - 1] = known.answerAt(revision!, label);
    }
    history.set(plugin, answers);
  }
  return history;
}

/** Answers of revisions whose settings nobody tells any more. */
class Guesses {
  readonly #kept: ReadonlyMap<number | undefined, string>;
  /** Of changes that nobody knows to have been made: those that a call was answered by first, and then in order. */
  readonly #unknown: string[];

  constructor({ changes, calls }: ClusterRecord, plugin: string) {
    const own = changes.filter((change) => change.plugin === plugin);
    this.#kept = new Map(own.map(({ revision, answer }) => [revision, answer]));
    const seen = new Set(calls.map(({ answer }) => answer));
    this.#unknown = own
      .flatMap(({ outcome, answer }) => (outcome === "unknown" ? [answer] : []))
      .sort((one, other) => Number(seen.has(other)) - Number(seen.has(one)));
  }

  answerAt(revision: number, label: string): string {
    const kept = this.#kept.get(revision);
    // Another label than that of the change, which was lost then, is told as it is.
    if (kept?.startsWith(`${label} `)) return kept;
    const found = this.#unknown.findIndex((answer) => answer.startsWith(`${label} `));
    return found < 0 ? label : this.#unknown.splice(found, 1)[0]!;
  }
}

async function loggedBy(node: ClusterNode): Promise<LoggedCommit[]> {
  const response = await node.ask("GET", "/events?after=0&kept");
  const events = (await response.text()).matchAll(/^data: (.*)$/gm);
  return [...events].map(([, data]) => JSON.parse(data!) as LoggedCommit);
}
