/** Places of a store on NATS: its streams, and the subjects in them. */
import { subjectPart } from "../../nats/nats-address.ts";

export class Places {
  /** Stream of all that is told by an event: one message is a change and its event at once. */
  readonly log: string;
  /** Stream of the rest, by subject: binaries, settings, what is known of the log. */
  readonly data: string;
  readonly #name: string;
  readonly #log: string;
  readonly #data: string;

  constructor(name: string) {
    this.#name = name;
    this.log = `${name}_log`;
    this.data = `${name}_data`;
    this.#log = `${name}.log`;
    this.#data = `${name}.data`;
  }

  get everyEvent(): string {
    return `${this.#log}.>`;
  }

  /** Events of no commit. */
  get events(): string {
    return `${this.#log}.l`;
  }

  get everyCommit(): string {
    return `${this.#log}.c.*`;
  }

  commits(plugin: string): string {
    return `${this.#log}.c.${subjectPart(plugin)}`;
  }

  /** True for the subject of a plugin's commits. */
  isOfCommits(subject: string): boolean {
    return subject.startsWith(this.everyCommit.slice(0, -1));
  }

  /** Changes of tokens or contracts, and what they came to at some time. */
  changes(of: "tokens" | "contracts"): string {
    return `${this.#log}.${of}`;
  }

  state(of: "tokens" | "contracts"): string {
    return `${this.#data}.state.${of}`;
  }

  /** Beginning of the subjects of binaries. */
  get blobs(): string {
    return `${this.#data}.blobs`;
  }

  /** Settings with secrets, a subject for each try of a commit. */
  settings(plugin: string, id: string): string {
    return `${this.#data}.settings.${subjectPart(plugin)}.${id}`;
  }

  get everySettings(): string {
    return `${this.#data}.settings.>`;
  }

  /** Plugin of a subject of settings, as subjects name it. */
  pluginOfSettings(subject: string): string {
    return subject.slice(this.everySettings.length - 1).split(".")[0]!;
  }

  /** Deployments of a plugin that are kept. */
  kept(plugin: string): string {
    return this.keptOf(this.commits(plugin));
  }

  /** The same by the subject of its commits. */
  keptOf(commits: string): string {
    return `${this.#data}.kept.${lastPart(commits)}`;
  }

  get everyKept(): string {
    return `${this.#data}.kept.*`;
  }

  /** Id of the first event that is kept. */
  get first(): string {
    return `${this.#data}.first`;
  }

  /** Time at which some host has last begun to look for what nobody needs: that of the message. */
  get swept(): string {
    return `${this.#data}.swept`;
  }

  /** Beginning of the subjects of states of plugins. */
  get states(): string {
    return `${this.#data}.states`;
  }

  /** Beginning of the subjects of registers. */
  get registers(): string {
    return `${this.#data}.registers`;
  }

  /** Stream of the changes of values by key, and the beginning of their subjects. */
  get values(): string {
    return `${this.#name}_kv`;
  }

  get valueChanges(): string {
    return `${this.#name}.kv`;
  }

  /** Beginning of the subjects of what such changes come to. */
  get valueData(): string {
    return `${this.#data}.kv`;
  }

  /** Stream of calls with keys, and the beginning of their subjects. */
  get calls(): string {
    return `${this.#name}_calls`;
  }

  get callSubjects(): string {
    return `${this.#name}.calls`;
  }

  get allData(): string {
    return `${this.#data}.>`;
  }
}

/** Last part of a subject: what tells plugins apart in it. */
export function lastPart(subject: string): string {
  return subject.slice(subject.lastIndexOf(".") + 1);
}
