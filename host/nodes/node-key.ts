/**
 * Keys by which the hosts of a store know one another: the first is made by the first of them, and kept in the store for all. A later one takes
 * its place in two steps, each once all hosts that live have followed the one before: all accept the new key, then all show it; and
 * only then is the one before accepted no more. So whatever key a host shows, whoever it asks accepts.
 */
import { randomBytes } from "node:crypto";
import { Secret } from "../capabilities/secret.ts";
import type { HeldKey, HeldKeys } from "../placement/far/far-place.ts";
import { ofNewerHotcell, parsedForm, unknownIn } from "../skew/known-form.ts";
import type { SharedRegisters } from "../store/store.ts";

/** Register of the keys. */
interface KeyRegister {
  /** Key that hosts show. */
  readonly key: string;
  /** Count of the keys that there were with this one; absent: 1. */
  readonly number?: number;
  /** Key that is to take its place: accepted, and not shown yet. */
  readonly next?: string;
  /** Key whose place it has taken: still accepted. */
  readonly before?: string;
}

const keyForm = { form: 1, members: ["key", "number", "next", "before"] };

/** Keys that a host has, as the others are told: by their numbers alone. */
export interface KeyFacts {
  readonly shows: number;
  readonly accepts: readonly number[];
}

const place = ["key", "nodes"] as const;

/** Keys as they are in the store, at one time. */
export class NodeKeys implements HeldKeys {
  readonly #register: KeyRegister;
  /** Number of the register. */
  readonly seq: number;

  private constructor(register: KeyRegister, seq: number) {
    this.#register = register;
    this.seq = seq;
  }

  /** Undefined where no host has made one. */
  static async kept(registers: Pick<SharedRegisters, "get">): Promise<NodeKeys | undefined> {
    const kept = await registers.get(...place);
    return kept && NodeKeys.read(kept);
  }

  /** Keys of a store, the first of which is made where there is none. */
  static async of(registers: Pick<SharedRegisters, "get" | "put">): Promise<NodeKeys> {
    for (;;) {
      const kept = await NodeKeys.kept(registers);
      if (kept) return kept;
      // Refused where another host was first.
      await registers.put(...place, JSON.stringify({ key: newKey() }), 0);
    }
  }

  /** Throws `store-too-new` for keys of which something is not known: who knows not all would take steps that others do not wait for. */
  static read({ text, seq }: { readonly text: string; readonly seq: number }): NodeKeys {
    const register = parsedForm(text);
    const unknown = unknownIn(register, keyForm);
    if (unknown !== undefined) throw ofNewerHotcell("the key of the hosts", unknown);
    return new NodeKeys(register as KeyRegister, seq);
  }

  /** The same, as of a store that has none any more. */
  get unkept(): NodeKeys {
    return new NodeKeys(this.#register, 0);
  }

  get number(): number {
    return this.#register.number ?? 1;
  }

  /** Number of the key that was asked for last: the one that is shown, or is to be. */
  get newest(): number {
    return this.#register.next === undefined ? this.number : this.number + 1;
  }

  /** One takes another's place. */
  get changes(): boolean {
    return this.#register.next !== undefined || this.#register.before !== undefined;
  }

  get shown(): HeldKey {
    return { number: this.number, key: new Secret(this.#register.key) };
  }

  get accepted(): readonly HeldKey[] {
    const { number } = this;
    const { next, before } = this.#register;
    return [
      this.shown,
      ...(next === undefined ? [] : [{ number: number + 1, key: new Secret(next) }]),
      ...(before === undefined ? [] : [{ number: number - 1, key: new Secret(before) }]),
    ];
  }

  get facts(): KeyFacts {
    return { shows: this.number, accepts: this.accepted.map(({ number }) => number) };
  }

  /** Tells whether a host has followed so far that the next step may be made. */
  isFollowedBy(facts: KeyFacts | undefined): boolean {
    if (this.#register.next !== undefined) return facts?.accepts.includes(this.number + 1) === true;
    return facts?.shows === this.number;
  }

  /** Register of the step after this one: what is to be is, or what was is no more. */
  next(): string {
    const { key, next } = this.#register;
    const register: KeyRegister =
      next === undefined ? { key, number: this.number } : { key: next, number: this.number + 1, before: key };
    return JSON.stringify(register);
  }

  /** Register in which another key is to take the place of this one. */
  changing(): string {
    const register: KeyRegister = { key: this.#register.key, number: this.number, next: newKey() };
    return JSON.stringify(register);
  }

  /** Puts the keys at another step, where the store still has these. */
  async put(registers: Pick<SharedRegisters, "put">, register: string): Promise<boolean> {
    return (await registers.put(...place, register, this.seq)) !== undefined;
  }
}

/** Keys as a host knows them that tells so of its own: an older Hotcell tells nothing, and has one name for whichever key is shown. */
export function keysFor(told: KeyFacts | undefined, keys: HeldKeys): HeldKeys {
  if (told) return keys;
  const named = (): HeldKey => ({ ...keys.shown, number: 1 });
  return {
    get shown() {
      return named();
    },
    get accepted() {
      return [named()];
    },
  };
}

function newKey(): string {
  return randomBytes(32).toString("base64");
}
