// @ts-nocheck: AssemblyScript, of which editors need the signatures only.
import * as atomics from "wasi:keyvalue/atomics";
import * as batch from "wasi:keyvalue/batch";
import { Bucket, open } from "wasi:keyvalue/store";
import { Tuple2 } from "wit-types";
import { Json } from "../http/json-value";
import { textOf, utf8 } from "../http/texts";
import { KvEdit } from "./kv-edit";
import { KvError } from "./kv-error";
import { KvKeys } from "./kv-keys";
import { failure, succeeded } from "./kv-outcome";

/**
 * A bucket of the plugin's grant, opened when it is first used. What the host refuses traps with the host's words; functions
 * with `try` give the error instead.
 */
@final export class KvBucket {
  private opened: Bucket | null = null;

  constructor(readonly name: string = "default") {}

  /** Why it can't be opened; null where it can. */
  tryOpen(): KvError | null {
    if (this.opened) return null;
    const result = open(this.name);
    if (result.isErr) return KvError.of(result.unwrapErr(), this.name);
    this.opened = result.unwrap();
    return null;
  }

  /** A value as UTF-8; null where there is none. */
  get(key: string): string | null {
    const bytes = this.getBytes(key);
    return bytes ? textOf(bytes) : null;
  }

  getBytes(key: string): Uint8Array | null {
    return succeeded(this.bucket.get(key), this.name);
  }

  /** The same as JSON; null where it is none, too. */
  getJson(key: string): Json | null {
    const text = this.get(key);
    return text === null ? null : Json.parse(text);
  }

  /** A value that `increment` counts; 0 where there is none. */
  getNumber(key: string): i64 {
    const text = this.get(key);
    return text === null ? 0 : I64.parseInt(text);
  }

  exists(key: string): bool {
    return succeeded(this.bucket.exists(key), this.name);
  }

  /** Keeps a text. It is durable once this returns. */
  set(key: string, text: string): void {
    this.setBytes(key, utf8(text));
  }

  setBytes(key: string, value: Uint8Array): void {
    succeeded(this.bucket.set(key, value), this.name);
  }

  setJson(key: string, value: Json): void {
    this.set(key, value.toString());
  }

  /** The same as `set`; gives the error, of a quota for instance, and null where the text was kept. */
  trySet(key: string, text: string): KvError | null {
    return this.trySetBytes(key, utf8(text));
  }

  trySetBytes(key: string, value: Uint8Array): KvError | null {
    const error = this.tryOpen();
    return error ? error : failure(this.bucket.set(key, value), this.name);
  }

  delete(key: string): void {
    succeeded(this.bucket.delete(key), this.name);
  }

  /** Adds to a number, which begins at 0, and gives what it came to. Nobody's addition is lost. */
  increment(key: string, by: i64 = 1): i64 {
    return succeeded(atomics.increment(this.bucket, key, by), this.name);
  }

  /** The same as `increment`; gives the error, and null where it was counted. */
  tryIncrement(key: string, by: i64 = 1): KvError | null {
    const error = this.tryOpen();
    return error ? error : failure(atomics.increment(this.bucket, key, by), this.name);
  }

  /** Reads a value, to replace it only if nobody else has changed it meanwhile. */
  edit(key: string): KvEdit {
    return new KvEdit(this.bucket, key, this.name);
  }

  /** The first keys, or those after a cursor. */
  keys(cursor: string | null = null): KvKeys {
    return new KvKeys(this.bucket, this.name, cursor);
  }

  /** Values of several keys at one moment; those that are there. */
  getMany(keys: string[]): Map<string, string> {
    const found = succeeded(batch.getMany(this.bucket, keys), this.name);
    const values = new Map<string, string>();
    for (let i = 0; i < found.length; i++) {
      const entry = found[i];
      if (entry) values.set(entry.f0, textOf(entry.f1));
    }
    return values;
  }

  /** Keeps several texts, all or none. */
  setMany(values: Map<string, string>): void {
    const keys = values.keys();
    const entries = new Array<Tuple2<string, Uint8Array>>();
    for (let i = 0; i < keys.length; i++) entries.push(new Tuple2(keys[i], utf8(values.get(keys[i]))));
    succeeded(batch.setMany(this.bucket, entries), this.name);
  }

  deleteMany(keys: string[]): void {
    succeeded(batch.deleteMany(this.bucket, keys), this.name);
  }

  private get bucket(): Bucket {
    const error = this.tryOpen();
    if (error) throw new Error(error.message);
    return this.opened!;
  }
}
