/** What a run has seen, which `cluster-verdict.ts` judges afterwards. Times are milliseconds of this process's clock. */

/** What calls of a plugin that is not there answer. */
export const removed = "removed";

/** Call as its caller saw it, through the balancer or of one host. */
export interface SeenCall {
  readonly plugin: string;
  /** What the plugin said; `removed`; undefined: it failed. */
  readonly answer: string | undefined;
  readonly start: number;
  readonly end: number;
  /** Host that has answered, where that is known. */
  readonly node: string | undefined;
}

export interface FailedCall extends SeenCall {
  /** True for what the balancer may send to another host. */
  readonly idempotent: boolean;
  readonly why: string;
}

export type ChangeKind = "upload" | "settings" | "rollback" | "removal";

/** Change as whoever asked for it saw it. */
export interface SeenChange {
  readonly plugin: string;
  readonly kind: ChangeKind;
  readonly node: string;
  /** What calls answer from it on. */
  readonly answer: string;
  readonly sent: number;
  readonly done: number;
  /** `unknown`: no answer came, or one that says that nobody knows. */
  readonly outcome: "kept" | "refused" | "unknown";
  /** Given for what was kept, but for removals, which do not tell theirs. */
  readonly revision?: number | undefined;
  /** Why it was not kept. */
  readonly why?: string;
}

export class ClusterRecord {
  readonly calls: SeenCall[] = [];
  readonly failed: FailedCall[] = [];
  readonly changes: SeenChange[] = [];
  /** Label by digest, of all versions that anybody tried to upload. */
  readonly labels = new Map<string, string>();
  /** What must not have happened, as a sentence each. */
  readonly wrong: string[] = [];
  readonly #listeners: ((change: SeenChange) => void)[] = [];

  /** Tells of changes that are kept. */
  onKept(listener: (change: SeenChange) => void): void {
    this.#listeners.push(listener);
  }

  add(change: SeenChange): void {
    this.changes.push(change);
    if (change.outcome === "kept") for (const listener of this.#listeners) listener(change);
  }

  kept(plugin?: string): SeenChange[] {
    return this.changes.filter(
      (change) => change.outcome === "kept" && (plugin === undefined || change.plugin === plugin),
    );
  }
}

/** What an answer of a call says; undefined where it is neither the plugin's nor that there is none. */
export async function answerOf(response: Response): Promise<{ answer?: string; why?: string }> {
  const text = await response.text();
  if (response.status === 200) {
    // The last word counts how often the cell was told its settings.
    return { answer: (JSON.parse(text) as string).split(" ").slice(0, 2).join(" ") };
  }
  if (response.status === 404 && text.includes('"plugin-not-found"')) return { answer: removed };
  return { why: `${response.status} ${text.replaceAll(/\s+/g, " ").slice(0, 200)}` };
}
