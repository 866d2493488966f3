// @ts-nocheck: AssemblyScript, of which editors need the signatures only.
import * as atomics from "wasi:keyvalue/atomics";
import { Bucket, Error as StoreError } from "wasi:keyvalue/store";
import { Result, Unit } from "wit-types";
import { textOf, utf8 } from "../http/texts";
import { succeeded } from "./kv-outcome";

/** A value that is read, and replaced only if nobody else has changed it since. The second draft of wasi:keyvalue has this. */
@final export class KvEdit {
  private cas: atomics.Cas;
  private value: Uint8Array | null = null;

  constructor(
    bucket: Bucket,
    key: string,
    private name: string,
  ) {
    this.cas = succeeded(atomics.Cas.new(bucket, key), name);
    this.read();
  }

  /** The value as it was read; null where there was none. */
  get bytes(): Uint8Array | null {
    return this.value;
  }

  /** The same as UTF-8. */
  get text(): string | null {
    const value = this.value;
    return value ? textOf(value) : null;
  }

  /** Replaces the value. False where somebody else was quicker: then `text` is theirs, and it may be tried again. */
  set(text: string): bool {
    return this.setBytes(utf8(text));
  }

  setBytes(value: Uint8Array): bool {
    const swapped = atomics.swap(this.cas, value);
    if (swapped.isOk) return true;
    const error = swapped.unwrapErr();
    if (error.isStoreError) succeeded(Result.err<Unit, StoreError>(error.asStoreError()), this.name);
    this.cas = error.asCasFailed();
    this.read();
    return false;
  }

  /** Leaves the value as it is. Nothing need be dropped after a `set` that gave true. */
  drop(): void {
    this.cas.drop();
  }

  private read(): void {
    this.value = succeeded(this.cas.current(), this.name);
  }
}
