/**
 * Contract of an engine: it turns a checked component into cells that can be called. Placements know cells by this
 * contract alone, so that engines can be exchanged.
 */
import type { Component } from "../component/component.ts";
import { aFunction, requireKind } from "../platform/code-options.ts";
import type { Scrubber } from "../text/scrubber.ts";
import type { CallContext } from "./call-context.ts";

/**
 * Host functions for one cell: interface id as the component imports it (or `$root` for functions imported by the
 * world itself) → JS name (camelCase) → function, in the JS mapping of docs/embedding.md. Beside them may be their prices.
 * What concerns a resource is its class's, or given by the name that the component model has for it: `[method]cart.add`,
 * called with the object first, and `[resource-drop]cart`, called with an object that the guest owned, also where its cell has
 * ended. The engine `jco` knows classes only.
 */
export type HostImports = Readonly<Record<string, Readonly<Record<string, HostFunction>>>> & {
  readonly [hostPrices]?: HostPrices;
  readonly [hostRepeats]?: HostRepeats;
};
/** Host function, called with values in the JS mapping. */
// biome-ignore lint/suspicious/noExplicitAny: host functions are typed by WIT, not by TypeScript.
export type HostFunction = (...args: any[]) => unknown;

export const hostPrices: unique symbol = Symbol("prices");

/** Prices of host functions: interface id → name as WIT has it (`now`, `[method]fields.get`). */
export type HostPrices = Readonly<Record<string, Readonly<Record<string, HostPrice>>>>;

/** Fuel for what a host function does beside taking and giving its values, which is paid for by their types and sizes. */
export interface HostPrice {
  /** Units for every call. */
  readonly call: number;
  /** Units for every byte of its arguments that is of texts and lists. */
  readonly byte?: number;
  /** Units for what this call touches; asked before it is made, with its arguments. */
  // biome-ignore lint/suspicious/noExplicitAny: host functions are typed by WIT, not by TypeScript.
  readonly touched?: (...args: any[]) => number;
  /** Bytes of its arguments that are gone when it returns, such as a stream's: a call may pass any number of them. */
  // biome-ignore lint/suspicious/noExplicitAny: host functions are typed by WIT, not by TypeScript.
  readonly passed?: (...args: any[]) => number;
  /**
   * It knows only while it runs what it touches: behind its arguments it gets a function that takes the units for it.
   */
  readonly owes?: true;
}

/** Takes units. False where the call has none left, so that the guest is going to trap, and the host need not go on. */
export type Owe = (units: number) => boolean;

export const hostRepeats: unique symbol = Symbol("repeats");

/**
 * Host functions that may be called in an attempt (`Cell.attempt`): interface id → name as WIT has it. Whoever calls one, in a
 * cell that is given up then, has changed nothing; `false` for a call, by its arguments, after which that would not be so.
 */
export type HostRepeats = Readonly<Record<string, Readonly<Record<string, Repeats>>>>;
// biome-ignore lint/suspicious/noExplicitAny: host functions are typed by WIT, not by TypeScript.
export type Repeats = true | ((...args: any[]) => boolean);

export function repeatsOf(imports: HostImports, group: string, name: string): Repeats | undefined {
  return own(own(imports[hostRepeats], group), name);
}

/** Names are the component's: what every object has does not count. */
function own<T>(table: Readonly<Record<string, T>> | undefined, name: string): T | undefined {
  return table !== undefined && Object.hasOwn(table, name) ? table[name] : undefined;
}

export function priceOf(imports: HostImports, group: string, name: string): HostPrice | undefined {
  return own(own(imports[hostPrices], group), name);
}

const suspendingFunctions = new WeakMap<HostFunction, { readonly byChance: boolean }>();
const AsyncFunction = (async () => {}).constructor;

/**
 * Host function that may return a promise: marked by this, it suspends the guest's call until that settles (JavaScript
 * Promise Integration), and calls of a cell that imports it return promises. An `async function` needs no mark.
 *
 * @example
 * ```ts
 * import { open, suspending } from "hotcell";
 *
 * const numbers = new Map([["ada@example.com", 7]]);
 * const sendMail = suspending((to: string) => numbers.get(to) ?? Promise.resolve(8));
 * const plugin = await open("mailer.wasm", { imports: { "acme:mailer/send": { sendMail }, logLine() {} } });
 * console.log(await plugin.callJson("welcome", ["ada"])); // → number 7
 * console.log(await plugin.callJson("welcome", ["bo"])); // → number 8
 * await plugin.close();
 * ```
 */
export function suspending<F extends HostFunction>(call: F): F {
  requireKind("What suspending() marks", call, aFunction, "suspending");
  suspendingFunctions.set(call, { byChance: false });
  return call;
}

/**
 * Host function whose caller waits or not as it happens: what it asks for may be at hand. Where no call can wait it is refused
 * before it is called, so that a plugin does not start by chance.
 */
export function suspendingByChance<F extends HostFunction>(call: F): F {
  suspendingFunctions.set(call, { byChance: true });
  return call;
}

export function suspendsByChance(call: HostFunction): boolean {
  return suspendingFunctions.get(call)?.byChance === true;
}

/** True where it is marked, or an `async function`. */
export function maySuspend(call: HostFunction): boolean {
  return suspendingFunctions.has(call) || call instanceof AsyncFunction;
}

export interface Engine {
  readonly name: string;
  /**
   * Compiles a component once; the result makes any number of cells.
   * Throws HotcellError (`unsafe-name`, `unsupported-feature`, `invalid-component`, …) for what it can't run.
   */
  compile(component: Component, limits?: Partial<CellLimits>): Promise<CompiledComponent>;
  /** Ends helper processes. Compiled components stay usable. */
  close(): Promise<void>;
}

/** Limits of what a cell may have, whatever it does. Compiled into its modules. */
export interface CellLimits {
  /** Bytes of all its memories together. */
  readonly memory: number;
  /** Elements of all its tables together. */
  readonly tableElements: number;
}

/** Budget of starting a cell, and then of each of its calls. */
export interface CallBudget {
  /** Units; an engine that does not meter ignores it. */
  readonly fuel: number;
  /**
   * Bytes that may be lifted: the result, and the arguments of host functions, together. Those of guest memory count,
   * or about half of what the host's values take where that is more.
   */
  readonly resultBytes: number;
}

export interface CellOptions extends CallBudget {
  /**
   * True where `fuelUsed` is told (default). Finding it out takes as long as calling a small function; a call that is not
   * counted may spend some more than it has, up to a sixty-fourth.
   */
  readonly counted?: boolean;
  /** True where functions of the embedder's are among the imports: what they take is not all charged to the guest. */
  readonly embedded?: boolean;
  /** Name by which errors call the plugin. */
  readonly plugin?: string;
  /** Scrubber of what the guest says when it aborts; by default nothing is struck out. */
  readonly scrubber?: Scrubber | undefined;
  /** Record to which is written what starting the cell used, whether that went well or not. */
  readonly starting?: { fuel: number };
  /** Moment when a call that was suspended may go on; at once where it is absent. */
  readonly wake?: (() => Promise<void>) | undefined;
  /** True where a call that runs is to end, with its cell, when whoever made it has left. */
  readonly endsWhenLeft?: boolean;
  /** True where attempts may be made in it (`Cell.attempt`), which its host functions have to be asked about. */
  readonly attempts?: boolean;
}

/** Surroundings of host functions that may suspend a call. */
export interface HostScope {
  /** Runs one of them, whose value may be a promise. */
  enter<T>(run: () => T): T;
  /** It has returned a value or thrown, or its promise is settled; once for each `enter`. */
  leave(): void;
}

export interface CompiledComponent {
  /** Bytes that it takes as long as it is kept: about what V8 and the engine keep for its code and its links. */
  readonly size: number;
  /**
   * A new cell: core modules instantiated and started, which is paid for like a call. Throws TrapError if a start
   * function or initialiser traps, `out-of-fuel` if it does not end in time or is too dear to begin with, `no-capacity` if the host has no memory left for it, and
   * `unsupported-feature` for suspending host functions where Node can't suspend.
   */
  instantiate(imports: HostImports, options?: Partial<CellOptions>): Cell;
}

/** Units for at most 0.3 s of the thread, and about half of that of plain instructions. */
const defaultFuel = 3e9;
export const defaultBudget: CallBudget = { fuel: defaultFuel, resultBytes: 16 * 1024 * 1024 };

/**
 * One sandboxed instance. Not reentrant: a call made while another runs, or is suspended, is refused with a fault.
 */
export interface Cell {
  /** False after a trap, a fault or `dispose`: such a cell is never called again. */
  readonly alive: boolean;
  /**
   * The callable of an export: `name` or `ns:pkg/iface@1.0.0#name`, exactly as the component exports it.
   * Arguments are trusted to be valid values of their types (`host/wit/values/values.ts` checks them before).
   * A call returns the lifted value (`result` types as `{tag, val}`, also at top level), or throws TrapError,
   * `out-of-fuel`, `out-of-memory` or `result-too-large`; after that the cell is dead. Where `suspends`, it returns a promise of
   * that unless its guest has come to its end without being suspended, and throws nothing.
   * Throws a TypeError for a name that is not an exported function.
   */
  function(name: string): (...args: unknown[]) => unknown;
  /** True where calls may return promises: a host function it imports may suspend them. */
  readonly suspends: boolean;
  /**
   * The callable of an export as an attempt: the guest gets no stack of its own, which costs as much as a small call, and so
   * can't be suspended. Where it comes to wait, to call a host function that is not among the `HostRepeats`, or to spend more than
   * a little, the attempt ends with an `AttemptError`, and the cell with it: nothing has happened then but that fuel was used.
   * Undefined in a cell whose `reset` may fail for what it holds, or whose calls are never suspended.
   */
  attempt?(name: string): ((...args: unknown[]) => unknown) | undefined;
  /** True where the last call would have come to its end as an attempt too, but for what it spent. */
  readonly attemptable?: boolean;
  /** Units of fuel that the last call used; 0 where they are not counted, or the engine does not meter. */
  readonly fuelUsed: number;
  /** Units that the last `reset` took, or saving another cell takes where it failed; 0 before `save`. */
  readonly resetFuel: number;
  /**
   * Lets the next call spend only what the last one, or the start, has left, and counts what that used as its own: the two
   * are made in one turn of the event loop, and together may take no longer than one call.
   */
  carryOver(): void;
  /**
   * Says whom the next call is made for, and where the host functions run that may suspend it. A call that runs ends with
   * `timeout` when the deadline of its context is past, the next time that its fuel is looked at. False for a cell that is in
   * a call already: the next one is refused.
   */
  under(context: CallContext | undefined, scope?: HostScope): boolean;
  /** Bytes that its memories have now. */
  readonly memory: number;
  /** Sets what its calls may spend, from the next one on. To be told between calls. */
  allow(budget: CallBudget): void;
  /** Takes what the cell is now for what `reset` returns to. Throws `no-capacity`. */
  save(): void;
  /**
   * Puts the cell back to what it was at `save`. False if that can't be done soundly (its memory has grown, its tables
   * may have changed, handles are live): then it must not be used again.
   */
  reset(): boolean;
  /** Ends the cell. A suspended call of it rejects with `closed`, and its guest never runs again. */
  dispose(): void;
}
