import type { LogLine } from "../capabilities/capability.ts";
import { asHotcellError, HotcellError } from "../errors.ts";
import type { NewEvent, Store } from "../store/store.ts";
import { ChecksFailedError } from "./checks.ts";

/** Milliseconds for which events wait for company. */
const batching = 50;
/** Events that are kept; trimmed now and then, so there may be a few more. */
const keptEvents = 10_000;
/** Versions of a plugin that are kept to return to, unless a host is told otherwise. */
const defaultKeptVersions = 20;
const keptDeployments = 1_000;

/**
 * Writes to the store what nobody waits for: refused deployments, the plugins' log lines; and throws away what is
 * older than it is kept. Where the store fails at that, the host's log says so and the host goes on.
 */
export class EventLog {
  readonly #store: Store;
  readonly #keptVersions: number;
  readonly #waiting: NewEvent[] = [];
  #timer: NodeJS.Timeout | undefined;
  #work: Promise<unknown> = Promise.resolve();
  #appended = 0;

  /** `keptVersions` is for each plugin. */
  constructor(store: Store, keptVersions: number = defaultKeptVersions) {
    this.#store = store;
    this.#keptVersions = keptVersions;
  }

  /** A deployment that came to nothing; `reached` is the last stage that went well. */
  refused(plugin: string, reached: string, error: unknown, who: string | undefined): void {
    const { code, message } = asHotcellError(error);
    const detail = error instanceof ChecksFailedError ? error.recorded : message;
    this.#add({ at: now(), kind: "refused", plugin, who, data: { code, detail, reached } });
  }

  log({ plugin, level, context, message }: LogLine): void {
    this.#add({ at: now(), kind: "log", plugin, data: { level, context, message } });
  }

  /**
   * After a change of a plugin: forgets its oldest deployments, and the binaries that nobody refers to any more.
   * Resolves when that is done, or has failed.
   */
  tidy(plugin: string, versions: number = this.#keptVersions): Promise<void> {
    return this.#do(async () => {
      await this.#store.prune(plugin, { versions, deployments: keptDeployments });
      await this.#store.collect();
    });
  }

  /** Writes what waits, and ends. */
  async close(): Promise<void> {
    this.#flush();
    await this.#work;
  }

  #add(event: NewEvent): void {
    this.#waiting.push(event);
    this.#timer ??= setTimeout(() => this.#flush(), batching);
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const events = this.#waiting.splice(0);
    if (events.length === 0) return;
    this.#do(async () => {
      await this.#store.append(events);
      this.#appended += events.length;
      if (this.#appended < keptEvents / 10) return;
      this.#appended = 0;
      await this.#store.trimEvents(keptEvents);
    });
  }

  /** Begins at once: the store keeps the order, and what somebody waits for must not queue behind what nobody does. */
  #do(work: () => Promise<void>): Promise<void> {
    const done = work().catch((error: unknown) => {
      console.error(error instanceof HotcellError ? `The event log: ${error.message}` : error);
    });
    this.#work = Promise.all([this.#work, done]);
    return done;
  }
}

function now(): string {
  return new Date().toISOString();
}
