import { ComponentError } from "../../errors.ts";
import { commonNames } from "../../text/common-texts.ts";
import type { HostObjects } from "../kit/host-objects.ts";
import type { RawFields } from "./http-exchange.ts";

export type FieldEntry = readonly [name: string, value: Uint8Array];

/** Bytes that an entry takes besides its text: arrays, a buffer of its own, its places in the set and the map. */
const entryOverhead = 400;

/** Entries up to which looking at each is as fast as a map is, which costs as much to make as they do. */
const few = 16;

/**
 * Header fields in memory, as `wasi:http/types` has them: names in any case, in the order they were appended. Beyond a few, a
 * field is found, added and deleted in the same time however many there are.
 */
export class FieldList {
  readonly #objects: HostObjects;
  /** Entries, and their names in lower case; while they are few. */
  #entries: FieldEntry[] = [];
  #keys: string[] = [];
  #many: ManyFields | undefined;
  #bytes = 0;

  constructor(objects: HostObjects, entries: Iterable<FieldEntry> = []) {
    this.#objects = objects;
    let bytes = 0;
    for (const [name, value] of entries) bytes += sizeOf(name, value);
    this.#keep(bytes);
    for (const entry of entries) this.#add(entry);
  }

  get size(): number {
    return this.#many?.entries.size ?? this.#entries.length;
  }

  /** Number of values that a field has. */
  count(name: string): number {
    return this.#named(keyOf(name)).length;
  }

  entries(): Iterable<FieldEntry> {
    return this.#many?.entries ?? this.#entries;
  }

  get(name: string): Uint8Array[] {
    return this.#named(keyOf(name)).map(([, value]) => value);
  }

  /** First value of a field, whose name is given in lower case. */
  first(key: string): Uint8Array | undefined {
    if (this.#many) return this.#named(key)[0]?.[1];
    const at = this.#keys.indexOf(key);
    return at < 0 ? undefined : this.#entries[at]![1];
  }

  has(name: string): boolean {
    return this.first(keyOf(name)) !== undefined;
  }

  set(given: string, values: readonly Uint8Array[]): void {
    const common = commonName(given);
    const name = common ?? given;
    const key = common ?? given.toLowerCase();
    const before = this.#named(key);
    let bytes = 0;
    for (const value of values) bytes += sizeOf(name, value);
    for (const [of, value] of before) bytes -= sizeOf(of, value);
    this.#keep(bytes);
    if (before.length > 0) this.#delete(key, before);
    for (const value of values) this.#add([name, value], key);
  }

  append(name: string, value: Uint8Array): void {
    const common = commonName(name);
    const entry: FieldEntry = [common ?? name, value];
    this.#keep(sizeOf(name, value));
    this.#add(entry, common);
  }

  release(): void {
    this.#keep(-this.#bytes);
    this.#entries = [];
    this.#keys = [];
    this.#many = undefined;
  }

  #named(key: string): readonly FieldEntry[] {
    if (this.#many) return this.#many.named.get(key) ?? none;
    if (!this.#keys.includes(key)) return none;
    return this.#entries.filter((_, i) => this.#keys[i] === key);
  }

  #delete(key: string, entries: readonly FieldEntry[]): void {
    if (this.#many) {
      for (const entry of entries) this.#many.entries.delete(entry);
      this.#many.named.delete(key);
      return;
    }
    this.#entries = this.#entries.filter((_, i) => this.#keys[i] !== key);
    this.#keys = this.#keys.filter((each) => each !== key);
  }

  #add(entry: FieldEntry, key = entry[0].toLowerCase()): void {
    if (!this.#many && this.#entries.length < few) {
      this.#entries.push(entry);
      this.#keys.push(key);
      return;
    }
    this.#many ??= this.#indexed();
    index(this.#many, key, entry);
  }

  #indexed(): ManyFields {
    const many: ManyFields = { entries: new Set(), named: new Map() };
    for (const [i, entry] of this.#entries.entries()) index(many, this.#keys[i]!, entry);
    return many;
  }

  #keep(bytes: number): void {
    this.#objects.keep(bytes);
    this.#bytes += bytes;
  }
}

/** Entries in their order, and those of each name in lower case. */
interface ManyFields {
  readonly entries: Set<FieldEntry>;
  readonly named: Map<string, FieldEntry[]>;
}

const none: readonly FieldEntry[] = [];

function index({ entries, named }: ManyFields, key: string, entry: FieldEntry): void {
  entries.add(entry);
  const before = named.get(key);
  if (before) before.push(entry);
  else named.set(key, [entry]);
}

/** Common names by their length: V8 knows the hashes of these texts. */
const commonByLength = Array.from({ length: 32 }, (_, length) =>
  commonNames.find((name) => name.length === length),
);

/** The same text for a common name; else undefined. */
export function commonName(name: string): string | undefined {
  const common = commonByLength[name.length];
  return common === name ? common : undefined;
}

/** Name by which a field is kept and found. */
function keyOf(name: string): string {
  return commonName(name) ?? name.toLowerCase();
}

/** Thrown again and again: making an error takes microseconds, and guests see nothing but its payload. */
const invalid = new ComponentError({ tag: "invalid-syntax" }, "That is no header field.");

/** Throws ComponentError `invalid-syntax` for a name that can't be one, and for values that would end their line. */
export function checkField(name: string, values: readonly Uint8Array[]): void {
  if (!isFieldName(name)) throw invalid;
  for (const value of values)
    for (let i = 0; i < value.length; i++) if (isControl[value[i]!] !== 0) throw invalid;
}

/** Test for a name that a field can have (RFC 9110, 5.1 and 5.6.2). By a table, as an expression takes several times as long. */
export function isFieldName(name: string): boolean {
  if (commonName(name) !== undefined) return true;
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
  return commonName(name) === undefined && forbiddenNames.has(name.toLowerCase());
}

function sizeOf(name: string, value: Uint8Array): number {
  return entryOverhead + name.length + value.length;
}

/** Bytes that fields take in a message. */
export function sizeOfFields(fields: RawFields): number {
  let bytes = 0;
  for (const text of fields) bytes += text.length + 2;
  return bytes;
}
