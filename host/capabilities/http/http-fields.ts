import { ComponentError } from "../../errors.ts";
import type { HostObjects } from "../kit/host-objects.ts";
import type { RawFields } from "./http-exchange.ts";

export type FieldEntry = readonly [name: string, value: Uint8Array];

/** Bytes that an entry takes besides its text: arrays, a buffer of its own, its places in the set and the map. */
const entryOverhead = 400;

/**
 * Header fields in memory, as `wasi:http/types` has them: names in any case, in the order they were appended. A field is
 * found, added and deleted in the same time however many there are.
 */
export class FieldList {
  readonly #objects: HostObjects;
  readonly #entries = new Set<FieldEntry>();
  /** Values by name in lower case. */
  readonly #named = new Map<string, FieldEntry[]>();
  #bytes = 0;

  constructor(objects: HostObjects, entries: Iterable<FieldEntry> = []) {
    this.#objects = objects;
    let bytes = 0;
    for (const entry of entries) bytes += sizeOf(entry);
    this.#keep(bytes);
    for (const entry of entries) this.#add(entry);
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Number of values that a field has. */
  count(name: string): number {
    return this.#named.get(name.toLowerCase())?.length ?? 0;
  }

  entries(): Iterable<FieldEntry> {
    return this.#entries;
  }

  get(name: string): Uint8Array[] {
    return this.#named.get(name.toLowerCase())?.map(([, value]) => value) ?? [];
  }

  /** First value of a field, whose name is given in lower case. */
  first(key: string): Uint8Array | undefined {
    return this.#named.get(key)?.[0]?.[1];
  }

  has(name: string): boolean {
    return this.#named.has(name.toLowerCase());
  }

  set(name: string, values: readonly Uint8Array[]): void {
    const key = name.toLowerCase();
    const before = this.#named.get(key) ?? [];
    const after = values.map((value): FieldEntry => [name, value]);
    this.#keep(sum(after) - sum(before));
    for (const entry of before) this.#entries.delete(entry);
    this.#named.delete(key);
    for (const entry of after) this.#add(entry);
  }

  append(name: string, value: Uint8Array): void {
    const entry: FieldEntry = [name, value];
    this.#keep(sizeOf(entry));
    this.#add(entry);
  }

  release(): void {
    this.#keep(-this.#bytes);
    this.#entries.clear();
    this.#named.clear();
  }

  #add(entry: FieldEntry): void {
    this.#entries.add(entry);
    const key = entry[0].toLowerCase();
    const named = this.#named.get(key);
    if (named) named.push(entry);
    else this.#named.set(key, [entry]);
  }

  #keep(bytes: number): void {
    this.#objects.keep(bytes);
    this.#bytes += bytes;
  }
}

/** Thrown again and again: making an error takes microseconds, and guests see nothing but its payload. */
const invalid = new ComponentError({ tag: "invalid-syntax" }, "That is no header field.");

/** Throws ComponentError `invalid-syntax` for a name that can't be one, and for values that would end their line. */
export function checkField(name: string, values: readonly Uint8Array[]): void {
  if (!isFieldName(name)) throw invalid;
  for (const value of values) for (const byte of value) if (isControl[byte]) throw invalid;
}

/** Test for a name that a field can have (RFC 9110, 5.1 and 5.6.2). By a table, as an expression takes several times as long. */
export function isFieldName(name: string): boolean {
  for (let i = 0; i < name.length; i++) if (isTokenCharacter[name.charCodeAt(i)] !== 1) return false;
  return name !== "";
}

/** Test for a field in text, one character a byte, by the same rules. */
export function isValidField(name: string, value: string): boolean {
  if (!isFieldName(name)) return false;
  for (let i = 0; i < value.length; i++) if (isControl[value.charCodeAt(i)] !== 0) return false;
  return true;
}

const isTokenCharacter = Uint8Array.from({ length: 128 }, (_, code) =>
  /[!#$%&'*+.^_`|~0-9A-Za-z-]/.test(String.fromCharCode(code)) ? 1 : 0,
);

/** Bytes that no value may have (RFC 9110, 5.5): control characters, but for the tab. */
const isControl = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte === 0x7f || (byte < 0x20 && byte !== 0x09) ? 1 : 0,
);

/** Fields that are between the host and its client (RFC 9110, 7.6.1), or that say who is asked. */
const forbiddenNames = new Set([
  "connection",
  "host",
  "http2-settings",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "transfer-encoding",
  "upgrade",
]);

/** Tells whether a guest may not set it, and is not shown it. */
export function isForbidden(name: string): boolean {
  return forbiddenNames.has(name.toLowerCase());
}

function sum(entries: readonly FieldEntry[]): number {
  return entries.reduce((bytes, entry) => bytes + sizeOf(entry), 0);
}

function sizeOf([name, value]: FieldEntry): number {
  return entryOverhead + name.length + value.length;
}

/** Bytes that fields take in a message. */
export function sizeOfFields(fields: RawFields): number {
  let bytes = 0;
  for (const text of fields) bytes += text.length + 2;
  return bytes;
}
