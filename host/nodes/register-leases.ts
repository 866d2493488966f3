/**
 * Leases of hosts on several machines, in registers of the store that they share. A host says by beats that it lives. It gives up what
 * it has once no beat was acknowledged for some time, and others take that only after they have heard none for longer: by clocks of
 * their own alone, which need not agree.
 */
import { randomUUID } from "node:crypto";
import type { HostStanding } from "../registry/standing.ts";
import { ofNewerHotcell, parsedForm, unknownIn } from "../skew/known-form.ts";
import type { SharedRegister, SharedRegisters } from "../store/store.ts";
import { isObject } from "../text/json-value.ts";
import type { HeldLease, HostNode, Lease, Leases, NodeFacts } from "./leases.ts";
import { leasesClosed } from "./memory-leases.ts";
import type { KeyFacts } from "./node-key.ts";
import { OwnLease } from "./own-lease.ts";

export interface LeaseTimes {
  /** Milliseconds between beats. */
  readonly beat: number;
  /** Milliseconds since the last beat that was acknowledged, after which a host gives up what it has. */
  readonly giveUp: number;
  /** Milliseconds without a beat of a host after which others take what it had; longer than `giveUp`. */
  readonly takeOver: number;
}

/** Times that outlast the election of another leader by NATS, which takes 4 to 6 seconds. */
export const standardTimes: LeaseTimes = { beat: 1_000, giveUp: 8_000, takeOver: 12_000 };

/** Register of a host. Its id and order, and that it has left, are in all forms; what else it tells of itself is passed on. */
export interface NodeBeat {
  readonly node: HostNode;
  /** Number of its first beat. */
  readonly order: number;
  readonly left?: true;
}

/** Form of leases: who has one that is not known nobody here can say. */
const leaseForm = { form: 1, members: ["name", "token", "node"] };

/** Register of a name. */
interface LeaseState {
  readonly name: string;
  readonly token: number;
  /** Id of the host that has it; null: nobody. */
  readonly node: string | null;
}

interface OwnState {
  readonly lease: OwnLease;
  readonly seq: number;
}

export class RegisterLeases implements Leases {
  readonly #registers: SharedRegisters;
  readonly #times: LeaseTimes;
  readonly #heed: (node: HostNode) => void;
  #node: HostNode;
  #order = 0;
  readonly #held = new Map<string, OwnState>();
  /** Leases that the store still says are this host's, and must not. */
  readonly #owed = new Map<string, OwnState>();
  /** Time at which a beat of each host was last heard, by the clock of this one. */
  readonly #heard = new Map<string, number>();
  readonly #ending = new AbortController();
  #following: Promise<void> = Promise.resolve();
  #beating: Promise<void> = Promise.resolve();
  #beat: NodeJS.Timeout | undefined;
  #lose: NodeJS.Timeout | undefined;
  /** Time, by the clock of this process, at which it has lost all that it has, unless a beat is acknowledged before. */
  #until = 0;
  #closing: Promise<void> | undefined;

  private constructor(
    registers: SharedRegisters,
    facts: NodeFacts,
    times: LeaseTimes,
    heed: (node: HostNode) => void,
  ) {
    this.#registers = registers;
    this.#heed = heed;
    this.#times = times;
    this.#node = { id: randomUUID(), ...facts };
  }

  /** Joins the hosts that share these registers. `heed` is told of each host whenever that is heard. */
  static async join(
    registers: SharedRegisters,
    facts: NodeFacts,
    times: LeaseTimes = standardTimes,
    heed: (node: HostNode) => void = () => {},
  ): Promise<RegisterLeases> {
    const leases = new RegisterLeases(registers, facts, times, heed);
    leases.#following = registers
      .follow("node", (register) => leases.#hear(register), leases.#ending.signal)
      .catch(() => {});
    try {
      leases.#order = (await leases.#tell())!;
      await leases.#tell();
      for (const register of await registers.all("node")) leases.#hear(register);
    } catch (error) {
      leases.#ending.abort();
      throw error;
    }
    leases.#next();
    return leases;
  }

  get self(): HostNode {
    return this.#node;
  }

  async acquire(name: string): Promise<Lease | HeldLease> {
    for (;;) {
      this.#requireOpen();
      const own = this.#held.get(name);
      if (own && !own.lease.lost.aborted) return own.lease;
      // Whoever has fallen silent to the others says first that it lives.
      if (!this.#lose) await this.#tell();
      const register = await this.#registers.get("lease", name);
      const state = register && stateIn(register, name);
      const holder = state?.node ? await this.#living(state.node) : undefined;
      if (holder && holder.id !== this.#node.id) return { name, token: state!.token, holder };
      // Whoever asked beside us has it by now.
      const now = this.#held.get(name);
      if (now && !now.lease.lost.aborted) return now.lease;
      const token = (state?.token ?? 0) + 1;
      const seq = await this.#put({ name, token, node: this.#node.id }, register?.seq ?? 0);
      if (seq === undefined) continue;
      const lease: OwnLease = new OwnLease(
        name,
        token,
        () => this.#giveBack(name, lease),
        () => performance.now() >= this.#until,
      );
      this.#held.set(name, { lease, seq });
      this.#owed.delete(name);
      // Closed or silent meanwhile: it has lost it at once.
      if (this.#closing || !this.#lose) await lease.release();
      return lease;
    }
  }

  async holder(name: string): Promise<HeldLease | undefined> {
    this.#requireOpen();
    const register = await this.#registers.get("lease", name);
    const state = register && stateIn(register, name);
    const holder = state?.node ? await this.#living(state.node) : undefined;
    return holder && { name, token: state!.token, holder };
  }

  async nodes(): Promise<HostNode[]> {
    this.#requireOpen();
    const beats = (await this.#registers.all("node")).flatMap((register) => beatIn(register) ?? []);
    const known = new Set(beats.map(({ node }) => node.id));
    for (const id of this.#heard.keys()) if (!known.has(id)) this.#heard.delete(id);
    return beats
      .filter((beat) => this.#lives(beat))
      .sort((a, b) => a.order - b.order)
      .map(({ node }) => node);
  }

  async lives(id: string): Promise<boolean> {
    this.#requireOpen();
    return (await this.#living(id)) !== undefined;
  }

  async listensAt(address: string): Promise<void> {
    await this.#change({ address });
  }

  async stands(standing: HostStanding): Promise<void> {
    await this.#change({ standing });
  }

  /** Tells the others which keys this host has. */
  async tellKeys(key: KeyFacts): Promise<void> {
    await this.#change({ key });
  }

  close(): Promise<void> {
    this.#closing ??= this.#leave();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #change(facts: Partial<NodeFacts>): Promise<void> {
    this.#requireOpen();
    this.#node = { ...this.#node, ...facts };
    await this.#tell();
  }

  async #leave(): Promise<void> {
    clearTimeout(this.#beat);
    await this.#beating;
    clearTimeout(this.#beat);
    // Where the store is away, the others find out by our silence.
    for (const { lease } of [...this.#held.values()]) await lease.release().catch(() => {});
    clearTimeout(this.#lose);
    const left: NodeBeat = { node: this.#node, order: this.#order, left: true };
    await this.#registers.put("node", this.#node.id, JSON.stringify(left)).catch(() => {});
    this.#ending.abort();
    await this.#following;
  }

  #requireOpen(): void {
    if (this.#closing) throw leasesClosed();
  }

  #hear(register: SharedRegister): void {
    const beat = beatIn(register);
    if (!beat) return;
    const { node, left } = beat;
    if (left) this.#heard.delete(node.id);
    else this.#heard.set(node.id, performance.now());
    if (!left) this.#heed(node);
  }

  /** False for one whose beats have stopped, while our own come. */
  #lives({ node, left }: NodeBeat): boolean {
    if (left) return false;
    const now = performance.now();
    const heard = this.#heard.get(node.id) ?? now;
    const own = this.#heard.get(this.#node.id) ?? 0;
    this.#heard.set(node.id, heard);
    return now - heard <= this.#times.takeOver || now - own > 3 * this.#times.beat;
  }

  async #living(id: string): Promise<HostNode | undefined> {
    const register = await this.#registers.get("node", id);
    const beat = register && beatIn(register);
    return beat && this.#lives(beat) ? beat.node : undefined;
  }

  /** One beat. What this host has is lost once none was acknowledged for long enough, counted from when it was sent. */
  async #tell(): Promise<number | undefined> {
    const sent = performance.now();
    const beat: NodeBeat = { node: this.#node, order: this.#order };
    const seq = await this.#registers.put("node", this.#node.id, JSON.stringify(beat));
    clearTimeout(this.#lose);
    this.#until = sent + this.#times.giveUp;
    const left = this.#until - performance.now();
    if (left <= 0) this.#loseAll();
    else if (!this.#ending.signal.aborted) this.#lose = setTimeout(() => this.#loseAll(), left).unref();
    return seq;
  }

  #next(): void {
    this.#beat = setTimeout(() => {
      this.#beating = this.#tell()
        .then(() => this.#payOwed())
        .catch(() => {})
        .finally(() => {
          if (!this.#closing) this.#next();
        });
    }, this.#times.beat).unref();
  }

  #loseAll(): void {
    this.#lose = undefined;
    for (const [name, own] of this.#held) {
      own.lease.lose();
      this.#owed.set(name, own);
    }
    this.#held.clear();
  }

  async #giveBack(name: string, lease: OwnLease): Promise<void> {
    const own = this.#held.get(name);
    if (own?.lease !== lease) return;
    this.#held.delete(name);
    try {
      await this.#put({ name, token: lease.token, node: null }, own.seq);
    } catch {
      this.#owed.set(name, own);
    }
  }

  async #payOwed(): Promise<void> {
    for (const [name, { lease, seq }] of [...this.#owed]) {
      // Refused where somebody has taken it meanwhile, and that is as well.
      await this.#put({ name, token: lease.token, node: null }, seq);
      this.#owed.delete(name);
    }
  }

  #put(state: LeaseState, expected: number): Promise<number | undefined> {
    return this.#registers.put("lease", state.name, JSON.stringify(state), expected);
  }
}

/** Undefined for what is no beat. Of a host that tells less than those of today, what it does not tell is unknown. */
export function beatIn({ text }: SharedRegister): NodeBeat | undefined {
  const beat = parsedForm(text);
  if (!isObject(beat) || !isObject(beat.node) || typeof beat.node.id !== "string") return undefined;
  const { node, order } = beat as unknown as NodeBeat;
  return { ...beat, order, node: { ...untold, ...node } };
}

const untold = { machine: "unknown", version: "unknown", pid: 0, since: "" };

/** Throws `store-too-new` for one that is not known. */
function stateIn({ text }: SharedRegister, name: string): LeaseState {
  const state = parsedForm(text);
  const unknown = unknownIn(state, leaseForm);
  if (unknown !== undefined) throw ofNewerHotcell(`the lease ${name}`, unknown);
  return state as LeaseState;
}
