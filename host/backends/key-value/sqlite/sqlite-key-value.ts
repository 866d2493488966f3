/** A key-value store in one SQLite file, through a thread of its own; single values are read beside it. */
import { ownFile } from "../../../platform/own-file.ts";
import { WokenFile } from "../../../sqlite/woken-file.ts";
import type { KeyValueStore } from "../key-value-store.ts";
import { keyValueClosed } from "../memory-key-value.ts";
import type { KeyValueRequest } from "./key-value-protocol.ts";
import { KeyValueReader } from "./key-value-reader.ts";

export interface KeyValueFileOptions {
  readonly file: string;
  /** Bytes that the file may grow to; beyond, `store-full`. Without it, as much as the disk holds. */
  readonly maxBytes?: number;
}

export class SqliteKeyValue implements KeyValueStore {
  readonly #path: string;
  readonly #file: WokenFile;
  /** Identity of the file that its thread has open, while it has. */
  #inode: number | undefined;
  #reader: KeyValueReader | undefined;

  constructor({ file, maxBytes }: KeyValueFileOptions) {
    this.#path = file;
    this.#file = new WokenFile({
      options: { file, maxBytes, busyTimeout: 5_000 },
      entry: ownFile(import.meta.url, "key-value-worker"),
      what: "the key-value store",
      closed: keyValueClosed,
      opened: (inode) => {
        this.#inode = inode as number;
      },
      gone: () => this.#endReader(),
    });
  }

  get: KeyValueStore["get"] = (bucket, keys, maxBytes) => {
    const here = keys.length === 1 ? this.#reading()?.get(bucket, keys[0]!, maxBytes) : undefined;
    return here ?? (this.#ask("get", [bucket, keys, maxBytes]) as ReturnType<KeyValueStore["get"]>);
  };

  version: KeyValueStore["version"] = (bucket, key) =>
    this.#reading()?.version(bucket, key) ?? (this.#ask("version", [bucket, key]) as Promise<number>);

  list: KeyValueStore["list"] = (...args) => this.#ask("list", args) as ReturnType<KeyValueStore["list"]>;
  change: KeyValueStore["change"] = (bucket, change, quota) =>
    this.#ask("change", [{ bucket, change, quota }]) as ReturnType<KeyValueStore["change"]>;

  async usage(plugin: string): ReturnType<KeyValueStore["usage"]> {
    return this.#file.absent ? [] : (this.#ask("usage", [plugin]) as ReturnType<KeyValueStore["usage"]>);
  }

  async plugins(): ReturnType<KeyValueStore["plugins"]> {
    return this.#file.absent ? [] : (this.#ask("plugins", []) as ReturnType<KeyValueStore["plugins"]>);
  }

  async forget(plugin: string): Promise<void> {
    if (!this.#file.absent) await this.#ask("forget", [plugin]);
  }

  close(): Promise<void> {
    // First: whoever closes a file last leaves no log beside it, which a reader can't see to.
    this.#endReader();
    return this.#file.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Undefined while the file is not open; where it can't be read here, until its thread begins anew. */
  #reading(): KeyValueReader | undefined {
    const inode = this.#inode;
    if (inode === undefined || this.#reader !== undefined) return this.#reader;
    this.#inode = undefined;
    try {
      this.#reader = new KeyValueReader(this.#path, inode);
    } catch {
      // Its thread reads it.
    }
    return this.#reader;
  }

  #endReader(): void {
    this.#inode = undefined;
    this.#reader?.close();
    this.#reader = undefined;
  }

  #ask(operation: KeyValueRequest["operation"], args: readonly unknown[]): Promise<unknown> {
    return this.#file.ask(operation, args);
  }
}
