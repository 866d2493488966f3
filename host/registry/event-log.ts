import type { AuditEntry } from "../backends/audit/reach.ts";
import type { LogLine } from "../backends/log/log-line.ts";
import { storeBounds } from "../bounds/store-bounds.ts";
import { asHotcellError, HotcellError, maxDetail } from "../errors.ts";
import { HeapAccount } from "../platform/heap-account.ts";
import { RareLine } from "../platform/rare-line.ts";
import type { NewEvent, Store } from "../store/store.ts";
import { cutCounting, cutText } from "../text/cut.ts";
import { harmlessFault } from "../text/harmless.ts";
import { ChecksFailedError } from "./deploy/checks.ts";
import type { BreakerChange } from "./hooks/member-breaker.ts";
import type { ValueChange } from "./owned-values.ts";
import type { ScheduledEvent } from "./schedule/schedule-teller.ts";
import { ValueChangeTeller } from "./value-change-teller.ts";

/** Milliseconds for which events wait for company. */
const batching = 50;
/** Events that are kept, and bytes of them; trimmed now and then, so there may be a few more. */
const keptEvents = storeBounds.events.value;
const keptEventBytes = storeBounds.eventBytes.value;
/** Versions of a plugin that are kept to return to, unless a host is told otherwise. */
const defaultKeptVersions = storeBounds.versions.value;
/** Deployments of a plugin that are kept, and bytes of their settings and details. */
const keptDeployments = storeBounds.deployments.value;
const keptDeploymentBytes = storeBounds.deploymentBytes.value;
/** UTF-16 units of a text that an event tells. */
const maxText = storeBounds.eventText.value;
/** Bytes of heap of events that are on their way to the store; more are dropped, and counted. */
export const maxOnTheWay = storeBounds.eventsOnTheWay.value;
/** Bytes of heap of an event besides its texts. */
const eventHeap = 500;

/**
 * Writes to the store what nobody waits for: refused deployments, the plugins' log lines; and throws away what is
 * older than it is kept. Where the store fails at that, the host's log says so and the host goes on. Where it is slower
 * than events come, they are dropped, and an event tells how many.
 */
export class EventLog {
  readonly #store: Store;
  readonly #keptVersions: number;
  readonly #heap: HeapAccount;
  #waiting: NewEvent[] = [];
  /** Bytes of heap that are taken for what waits, and for all that is on its way. */
  #waitingBytes = 0;
  #bytes = 0;
  #dropped = 0;
  #timer: NodeJS.Timeout | undefined;
  #work: Promise<unknown> = Promise.resolve();
  /** Since the log was last trimmed. */
  #appended = 0;
  #appendedBytes = 0;
  readonly #line = new RareLine();
  readonly #changes = new ValueChangeTeller((plugin, who, data) =>
    this.#add({ at: now(), kind: "data-changed", plugin, who, data }),
  );

  /** `keptVersions` is for each plugin. */
  constructor(
    store: Store,
    keptVersions: number = defaultKeptVersions,
    heap: HeapAccount = new HeapAccount(),
  ) {
    this.#store = store;
    this.#keptVersions = keptVersions;
    this.#heap = heap;
  }

  /** A deployment that came to nothing; `reached` is the last stage that went well. */
  refused(plugin: string, reached: string, error: unknown, who: string | undefined): void {
    const { code, message } = asHotcellError(error);
    const detail = cutText(error instanceof ChecksFailedError ? error.recorded : message, maxDetail);
    this.#add({ at: now(), kind: "refused", plugin, who, data: { code, detail, reached } });
  }

  /** Trial of a version on this host, before the others get it. */
  rolloutBegun(
    plugin: string,
    who: string | undefined,
    facts: { readonly version: string; readonly until: string | undefined },
  ): void {
    this.#add({ at: now(), kind: "rollout-begun", plugin, who, data: facts });
  }

  /** New key by which the hosts of a store are to know one another; `number` counts those that there were. */
  nodeKeyRotated(who: string | undefined, number: number): void {
    this.#add({ at: now(), kind: "node-key-rotated", who, data: { number } });
  }

  dataRemoved(plugin: string, who: string | undefined): void {
    this.#add({ at: now(), kind: "data-removed", plugin, who, data: {} });
  }

  /** Value by key that an owner has changed. */
  valueChanged(plugin: string, who: string | undefined, change: ValueChange): void {
    this.#changes.note(plugin, who, change);
  }

  /** Outcome of calls of a plugin's schedule. */
  scheduled(plugin: string, event: ScheduledEvent): void {
    const data = event.outcome === "failed" ? { ...event, detail: cutText(event.detail, maxDetail) } : event;
    this.#add({ at: now(), kind: "scheduled", plugin, data });
  }

  /** Failure of a look at what a plugin follows in a registry. */
  sourceFailed(
    plugin: string,
    failure: { readonly oci: string; readonly code: string; readonly detail: string },
  ): void {
    this.#add({ at: now(), kind: "source-failed", plugin, data: failure });
  }

  /** Member of a hook that is left out from now on because it keeps failing, or taken back. */
  hookChanged(plugin: string, contract: string, { kind, ...facts }: BreakerChange): void {
    this.#add({ at: now(), kind: `hook-${kind}`, plugin, data: { contract, ...facts } });
  }

  log({ plugin, level, context, message, trace }: LogLine): void {
    const data = { level, context: cutCounting(context, maxText), message: cutCounting(message, maxText) };
    this.#add({ at: now(), kind: "log", plugin, data: trace === undefined ? data : { ...data, trace } });
  }

  /** Entry of what a plugin was let reach by a capability, or refused. */
  reached(plugin: string, capability: string, entry: AuditEntry): void {
    const facts = Object.entries(entry).map(([name, value]) => [name, cutFact(value)]);
    this.#add({ at: now(), kind: "reached", plugin, data: { capability, ...Object.fromEntries(facts) } });
  }

  /**
   * After a change of a plugin: forgets its oldest deployments, and the binaries that nobody refers to any more.
   * Resolves when that is done, or has failed.
   */
  tidy(plugin: string, versions: number = this.#keptVersions): Promise<void> {
    // The change itself has added an event.
    this.#appended++;
    return this.#do(async () => {
      await this.#store.prune(plugin, { versions, deployments: keptDeployments, bytes: keptDeploymentBytes });
      await this.#store.collect();
      await this.#trim();
    });
  }

  /** Writes what waits, and ends. */
  async close(): Promise<void> {
    this.#changes.flush();
    this.#flush();
    await this.#work;
  }

  #add(event: NewEvent): void {
    const bytes = heapOf(event);
    this.#timer ??= setTimeout(() => this.#flush(), batching);
    if (this.#bytes + bytes > maxOnTheWay || !this.#heap.tryTake(bytes)) {
      this.#dropped++;
      return;
    }
    this.#bytes += bytes;
    this.#waitingBytes += bytes;
    this.#waiting.push(event);
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const bytes = this.#waitingBytes;
    const events = this.#waiting;
    const dropped = this.#dropped;
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#dropped = 0;
    if (dropped > 0) events.push(droppedEvent(dropped));
    if (events.length === 0) return;
    void this.#do(async () => {
      try {
        await this.#store.append(events);
      } catch (error) {
        this.#dropped += dropped;
        throw error;
      } finally {
        this.#heap.give(bytes);
        this.#bytes -= bytes;
      }
      this.#appended += events.length;
      this.#appendedBytes += bytes;
      await this.#trim();
    });
  }

  async #trim(): Promise<void> {
    if (this.#appended < keptEvents / 10 && this.#appendedBytes < keptEventBytes / 10) return;
    this.#appended = 0;
    this.#appendedBytes = 0;
    await this.#store.trimEvents(keptEvents, keptEventBytes);
  }

  /** Begins at once: the store keeps the order, and what somebody waits for must not queue behind what nobody does. */
  #do(work: () => Promise<void>): Promise<void> {
    const done = work().catch((error: unknown) => this.#say(error));
    this.#work = Promise.all([this.#work, done]);
    return done;
  }

  /** A store that has failed fails again with every line that a plugin writes. */
  #say(error: unknown): void {
    this.#line.say(() =>
      error instanceof HotcellError ? `The event log: ${error.message}` : harmlessFault(error),
    );
  }
}

function droppedEvent(events: number): NewEvent {
  return { at: now(), kind: "dropped", data: { events, reason: "The store was slower than they came." } };
}

function cutFact(value: string | number | boolean): string | number | boolean {
  return typeof value === "string" ? cutCounting(value, maxText) : value;
}

/** Its texts may have two bytes a character. */
function heapOf({ data }: NewEvent): number {
  const facts = Object.values(data as AuditEntry);
  return facts.reduce<number>(
    (sum, fact) => sum + (typeof fact === "string" ? 2 * fact.length : 8),
    eventHeap,
  );
}

function now(): string {
  return new Date().toISOString();
}
