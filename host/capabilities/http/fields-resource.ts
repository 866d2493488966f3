import { ComponentError } from "../../errors.ts";
import { latin1 } from "../../text/latin1.ts";
import type { HostObjects } from "../kit/host-objects.ts";
import { HostResource } from "../kit/host-resource.ts";
import type { RawFields } from "./http-exchange.ts";
import { checkField, type FieldEntry, FieldList, isForbidden } from "./http-fields.ts";

// Thrown again and again: making an error takes microseconds, and guests see nothing but its payload.
const immutable = new ComponentError({ tag: "immutable" }, "These fields can't be changed.");
const forbidden = new ComponentError({ tag: "forbidden" }, "The host alone sets this field.");

/** Header or trailer fields of `wasi:http/types`, as every cell has them: it constructs a class of its own. */
export class Fields extends HostResource {
  readonly #objects: HostObjects;
  readonly #list: FieldList;
  readonly #mutable: boolean;

  /** Throws ComponentError for entries that a guest may not make. */
  constructor(objects: HostObjects, entries?: Iterable<FieldEntry>, mutable = true, parent?: HostResource) {
    super(objects, parent);
    this.#objects = objects;
    this.#list = new FieldList(objects, entries);
    this.#mutable = mutable;
  }

  // What the prices of these functions go by.
  get size(): number {
    return this.#list.size;
  }
  count(name: string): number {
    return this.#list.count(name);
  }

  /** The same fields for somebody who must not change them. */
  immutable(parent: HostResource): Fields {
    return new (this.constructor as typeof Fields)(this.#objects, this.#list.entries(), false, parent);
  }

  /** Name and value in turn. */
  raw(): RawFields {
    const raw = new Array<string>(2 * this.#list.size);
    let i = 0;
    for (const [name, value] of this.#list.entries()) {
      raw[i++] = name;
      raw[i++] = latin1(value);
    }
    return raw;
  }

  first(key: string): Uint8Array | undefined {
    return this.#list.first(key);
  }

  get(name: string): Uint8Array[] {
    return this.#list.get(name);
  }
  has(name: string): boolean {
    return this.#list.has(name);
  }
  set(name: string, values: readonly Uint8Array[]): void {
    this.#change(name, values).set(name, values);
  }
  delete(name: string): void {
    this.#change(name, []).set(name, []);
  }
  append(name: string, value: Uint8Array): void {
    this.#change(name, [value]).append(name, value);
  }
  entries(): FieldEntry[] {
    return [...this.#list.entries()];
  }
  clone(): Fields {
    return new (this.constructor as typeof Fields)(this.#objects, this.#list.entries());
  }

  #change(name: string, values: readonly Uint8Array[]): FieldList {
    if (!this.#mutable) throw immutable;
    requireAllowed(name, values);
    return this.#list;
  }

  override [Symbol.dispose](): void {
    this.leave();
    this.#list.release();
  }
}

/** Throws ComponentError for a field that a guest may not make. */
export function requireAllowed(name: string, values: readonly Uint8Array[]): void {
  checkField(name, values);
  if (isForbidden(name)) throw forbidden;
}

/** Entries of a message that has come: without fields that are the host's. */
export function entriesOf(raw: RawFields): FieldEntry[] {
  const entries: FieldEntry[] = [];
  for (let i = 0; i < raw.length; i += 2)
    if (!isForbidden(raw[i]!)) entries.push([raw[i]!, Buffer.from(raw[i + 1]!, "latin1")]);
  return entries;
}
