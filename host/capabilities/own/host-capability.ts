/**
 * Capabilities of an embedder's own, as `createHost({ capabilities })` takes them: an interface whose functions are the
 * embedder's, granted to plugins by a name as ours are.
 */
import type { Trace } from "../../engine/call-context.ts";
import type { GivenMember } from "../given.ts";
import type { SettingsSchema } from "./own-settings.ts";

/** Context in which one call of a plugin runs the functions of a capability. Another call has another one. */
export interface CapabilityContext<S = unknown> {
  /** Name of the plugin that calls. */
  readonly plugin: string;
  /** Name of whoever called the plugin: `admin` or a token's id, or what the caller said in code; undefined where nobody did. */
  readonly caller: string | undefined;
  /** Settings that the grant has, as the schema gives them. Secrets are the texts themselves. */
  readonly settings: S;
  /** Aborted when nobody waits for the call any more: its caller has left, its time is up, or its cell has ended. */
  readonly signal: AbortSignal;
  /** Milliseconds, as `performance.now()` counts them, after which nobody wants the answer of the call. */
  readonly deadline: number | undefined;
  readonly trace: Trace | undefined;
}

/** A capability of an embedder's: what plugins may import as one interface, and what answers. */
export interface HostCapability<S = unknown> {
  /** Name by which plugins are granted it: `{ "grants": { "shop-db": true } }`. */
  readonly grant: string;
  /** Phrase for the owner of a plugin that was refused: what it allows, such as `reading the shop's prices`. */
  readonly allows?: string;
  /**
   * WIT of the package that the interface is in, its text or its bytes as WIT tools compile it (`wasm-tools component wit --wasm`);
   * several capabilities may give the same.
   */
  readonly wit: string | Uint8Array;
  /**
   * Schema of the grant's settings, as valibot, zod and others give it (Standard Schema); it has to answer at once. Without
   * one the grant takes none.
   */
  readonly settings?: SettingsSchema<S>;
  /** Fuel that a plugin pays for each call: 1,000 units, and nothing more for each byte of texts and lists, by default. */
  readonly price?: OwnPrice | Readonly<Record<string, OwnPrice>>;
  /** Calls of async functions that one plugin may have under way, those that nobody waits for any more too: 256 by default. */
  readonly concurrency?: number;
  /**
   * The functions, in camelCase, for the calls that have this context. A function that is async, or marked by `suspending`,
   * keeps the plugin waiting. Of a `result` a function returns the ok part, and throws ComponentError for the error.
   * Resources are classes in PascalCase. What a plugin makes knows the context that it was made in, however long the plugin
   * keeps it; its `[Symbol.dispose]` is called when the plugin drops it, or has ended. A cell may have 10,000 of them.
   */
  functions(context: CapabilityContext<S>): OwnFunctions;
}

/** Units of fuel. */
export interface OwnPrice {
  readonly call?: number;
  readonly byte?: number;
}

/** Functions of a capability, by their names in camelCase; resources as classes in PascalCase. */
export type OwnFunctions = Readonly<Record<string, GivenMember>>;

/**
 * Gives the capability as it is: for TypeScript, which so knows the settings in its context by its schema.
 *
 * @example
 * ```ts
 * import { readFile } from "node:fs/promises";
 * import { capability, createHost } from "hotcell";
 *
 * const shop = capability({
 *   grant: "shop-db",
 *   wit: await readFile("shop.wit", "utf8"),
 *   functions: ({ plugin }) => ({
 *     find: (name: string) => ({ name, price: 250 }),
 *     reserve(name: string, count: number) {
 *       console.log(`${plugin} reserves ${count} ${name}`);
 *       return count;
 *     },
 *   }),
 * });
 * const host = await createHost({ capabilities: { "acme:shop/db": shop } });
 * const settings = { grants: { "shop-db": true } };
 * await host.registry.deploy("merchant", await readFile("merchant.wasm"), { settings });
 * const offer = await host.registry.callJson("merchant", "offer", ["tea", 2]);
 * console.log(offer); // → merchant reserves 2 tea → 2 tea for 500 cents
 * await host.close();
 * ```
 */
export function capability<S>(own: HostCapability<S>): HostCapability<S> {
  return own;
}
