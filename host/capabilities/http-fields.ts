import { ComponentError } from "../errors.ts";
import type { HostObjects } from "./host-objects.ts";

export type FieldEntry = readonly [name: string, value: Uint8Array];

/** What an entry takes besides its text. */
const entryOverhead = 64;
/** RFC 9110, 5.1 and 5.5. */
const fieldName = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** Header fields in memory, as `wasi:http/types` has them: names in any case, in the order they were appended. */
export class FieldList {
  readonly #objects: HostObjects;
  #entries: readonly FieldEntry[] = [];

  constructor(objects: HostObjects, entries: readonly FieldEntry[] = []) {
    this.#objects = objects;
    this.#replace(entries);
  }

  get entries(): readonly FieldEntry[] {
    return this.#entries;
  }

  get(name: string): Uint8Array[] {
    return this.#entries.flatMap((entry) => (same(entry[0], name) ? [entry[1]] : []));
  }

  set(name: string, values: readonly Uint8Array[]): void {
    const others = this.#entries.filter(([other]) => !same(other, name));
    this.#replace([...others, ...values.map((value) => [name, value] as const)]);
  }

  append(name: string, value: Uint8Array): void {
    this.#replace([...this.#entries, [name, value]]);
  }

  release(): void {
    this.#objects.keep(-sizeOf(this.#entries));
    this.#entries = [];
  }

  #replace(entries: readonly FieldEntry[]): void {
    this.#objects.keep(sizeOf(entries) - sizeOf(this.#entries));
    this.#entries = entries;
  }
}

/** Throws ComponentError `invalid-syntax` for a name that can't be one, and for values that would end their line. */
export function checkField(name: string, ...values: readonly Uint8Array[]): void {
  const sound =
    fieldName.test(name) &&
    values.every((value) => value.every((byte) => byte !== 0x00 && byte !== 0x0a && byte !== 0x0d));
  if (!sound) throw new ComponentError({ tag: "invalid-syntax" }, "That is no header field.");
}

function same(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

function sizeOf(entries: readonly FieldEntry[]): number {
  return entries.reduce((sum, [name, value]) => sum + entryOverhead + name.length + value.length, 0);
}
