/**
 * State that is made of changes, each a message of one subject: tokens, contracts. A change is judged on the state after all others,
 * and stored only if there was no other meanwhile. Every host comes to the same state, since all apply the same in the same order.
 */
import { randomUUID } from "node:crypto";
import { HotcellError } from "../../errors.ts";
import { getChunks, putChunks, sweepChunks } from "../../nats/chunks.ts";
import type { NatsLink } from "../../nats/nats-link.ts";
import type { NatsMessage } from "../../nats/nats-message.ts";
import { ofNewerHotcell, parsedForm, unknownIn } from "../../skew/known-form.ts";
import type { NewEventRow } from "../rows.ts";
import { headOf, readContent, unknownInMessage } from "./log-message.ts";
import type { Places } from "./places.ts";

export interface ChangeRules<State, Change> {
  readonly of: "tokens" | "contracts";
  readonly empty: State;
  /** State after a change, the one before untouched; undefined if it changes nothing. Throws what refuses it. */
  apply(state: State, change: Change): State | undefined;
  /** Clause on what of a stored change this Hotcell does not know. */
  unknown(change: unknown): string | undefined;
  /** State after such a change: of whatever that may be about it says what is not known. */
  doubt(state: State, change: unknown, unknown: string): State;
  /** Tells whether a change may be made though it is not known what others came to. */
  isSafe(change: Change): boolean;
}

interface At<State> {
  readonly state: State;
  /** Number of the last message that is in it. */
  readonly seq: number;
  /** Clause on what of the changes that led to it this Hotcell does not know. It keeps none such for others. */
  readonly unknown?: string;
}

const keptForm = { form: 1 };

/** State as it is kept: in chunks, which have a place of their own, so that it may be larger than a message. */
interface KeptState {
  readonly seq: number;
  readonly id: string;
  readonly chunks: number;
}

/** Changes after which the state is kept as a whole, so that the older ones can be forgotten. */
const keptEvery = 64;

/** `State` is JSON. */
export class NatsChanges<State, Change> {
  readonly #link: NatsLink;
  readonly #places: Places;
  readonly #rules: ChangeRules<State, Change>;
  #at: At<State>;

  constructor(link: NatsLink, places: Places, rules: ChangeRules<State, Change>) {
    this.#link = link;
    this.#places = places;
    this.#rules = rules;
    this.#at = { state: rules.empty, seq: 0 };
  }

  get subject(): string {
    return this.#places.changes(this.#rules.of);
  }

  async read(): Promise<State> {
    return (await this.now()).state;
  }

  /** The state with the number of its last change. */
  async now(): Promise<At<State>> {
    const last = await this.#link.last(this.#places.log, this.subject);
    if (!last || last.seq <= this.#at.seq) return this.#at;
    let at = this.#at;
    const kept = await this.#kept();
    if (kept && kept.seq > at.seq) at = await this.#whole(kept);
    const changes = await this.#link.scan(this.#places.log, this.subject, { from: at.seq + 1 });
    for (const message of changes) {
      // Void: another that is in the state already was there first.
      if (message.after !== undefined && message.after < at.seq) continue;
      at = this.#next(at, message);
    }
    if (at.seq > this.#at.seq) this.#at = at;
    if (at.unknown === undefined) this.#link.newer.over(this.#thing);
    else this.#link.newer.note(this.#thing, at.unknown);
    return at;
  }

  /** False if it changes nothing. `before` is done once it is known that it does. */
  async change(
    change: Change,
    event: NewEventRow,
    before?: (last: number) => Promise<void>,
  ): Promise<boolean> {
    for (const outrun = this.#link.turns(this.subject); ; await outrun()) {
      const { state, seq, unknown } = await this.now();
      if (unknown !== undefined && !this.#rules.isSafe(change)) throw ofNewerHotcell(this.#thing, unknown);
      const next = this.#rules.apply(state, change);
      if (next === undefined) return false;
      await before?.(seq);
      const data = JSON.stringify({ events: [event], change });
      const stored = await this.#link.publish(this.subject, { data, head: headOf([event]), expected: seq });
      if (stored === undefined) continue;
      const doubt = unknown === undefined ? {} : { unknown };
      if (stored > this.#at.seq) this.#at = { state: next, seq: stored, ...doubt };
      await this.#keep().catch(() => {});
      return true;
    }
  }

  /** Forgets the changes that are kept as a whole, and whose events have numbers below `first`. */
  async forget(first: number): Promise<void> {
    const kept = await this.#kept();
    if (kept) await this.#link.purge(this.#places.log, this.subject, Math.min(first, kept.seq));
  }

  get #thing(): string {
    return `the ${this.#rules.of}`;
  }

  #next({ state, unknown: before }: At<State>, message: NatsMessage): At<State> {
    const { seq } = message;
    const { change } = readContent<Change>(message);
    const unknown = unknownInMessage(message) ?? this.#rules.unknown(change);
    if (unknown !== undefined) return { seq, state: this.#rules.doubt(state, change, unknown), unknown };
    const after = this.#after(state, change!);
    return { seq, state: after, ...(before !== undefined && { unknown: before }) };
  }

  /** State after a stored change. One of another Hotcell that this one would refuse counts for nothing here. */
  #after(state: State, change: Change): State {
    try {
      return this.#rules.apply(state, change) ?? state;
    } catch {
      return state;
    }
  }

  /** Removes states that are kept and named by nothing any more. */
  async sweep(age: number): Promise<void> {
    const chunks = { stream: this.#places.data, below: this.#subjectOfState, age };
    await sweepChunks(this.#link, chunks, async () => new Set([(await this.#kept())?.id ?? ""]));
  }

  get #subjectOfState(): string {
    return this.#places.state(this.#rules.of);
  }

  async #kept(): Promise<KeptState | undefined> {
    const message = await this.#link.last(this.#places.data, this.#subjectOfState);
    return message && this.#keptIn(message);
  }

  /** Throws `store-too-new` for one that is kept in a way that is not known. */
  #keptIn({ data }: NatsMessage): KeptState {
    const kept = parsedForm(data);
    const unknown = unknownIn(kept, keptForm);
    if (unknown !== undefined) throw ofNewerHotcell(this.#thing, unknown);
    return kept as KeptState;
  }

  /** State that is kept here, or a later one that has taken its place. */
  async #whole(kept: KeptState): Promise<At<State>> {
    const { seq, id, chunks } = kept;
    const bytes = await getChunks(this.#link, this.#places.data, `${this.#subjectOfState}.${id}`, chunks);
    if (bytes) return { seq, state: JSON.parse(Buffer.from(bytes).toString()) as State };
    const later = await this.#kept();
    if (!later || later.id === id) throw damaged(this.#rules.of, this.#link.where);
    return this.#whole(later);
  }

  async #keep(): Promise<void> {
    const { state, seq, unknown } = this.#at;
    if (unknown !== undefined) return;
    const subject = this.#subjectOfState;
    const message = await this.#link.last(this.#places.data, subject);
    const before = message && this.#keptIn(message);
    const changes = await this.#link.scan(this.#places.log, this.subject, {
      ...{ from: (before?.seq ?? 0) + 1, headsOnly: true },
    });
    if (changes.length < keptEvery) return;
    const id = randomUUID();
    const chunks = await putChunks(this.#link, `${subject}.${id}`, Buffer.from(JSON.stringify(state)));
    const data = JSON.stringify({ seq, id, chunks } satisfies KeptState);
    const published = await this.#link.publish(subject, { data, expected: message?.seq ?? 0 });
    const old = published === undefined ? id : before?.id;
    if (old !== undefined) await this.#link.purge(this.#places.data, `${subject}.${old}.*`);
  }
}

function damaged(of: string, where: string): HotcellError {
  return new HotcellError(
    "store-corrupt",
    `The ${of} in ${where} are not whole: what was kept of them lacks chunks.`,
    {
      subject: where,
      remedy: "Restore the streams of the store from a backup.",
    },
  );
}
