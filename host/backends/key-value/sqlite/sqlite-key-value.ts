/** A key-value store in one SQLite file, through a thread of its own. */
import { ownFile } from "../../../platform/own-file.ts";
import { WokenFile } from "../../../sqlite/woken-file.ts";
import type { KeyValueStore } from "../key-value-store.ts";
import { keyValueClosed } from "../memory-key-value.ts";
import type { KeyValueRequest } from "./key-value-protocol.ts";

export interface KeyValueFileOptions {
  readonly file: string;
  /** Bytes that the file may grow to; beyond, `store-full`. Without it, as much as the disk holds. */
  readonly maxBytes?: number;
}

export class SqliteKeyValue implements KeyValueStore {
  readonly #file: WokenFile;

  constructor({ file, maxBytes }: KeyValueFileOptions) {
    this.#file = new WokenFile({
      options: { file, maxBytes, busyTimeout: 5_000 },
      entry: ownFile(import.meta.url, "key-value-worker"),
      what: "the key-value store",
      closed: keyValueClosed,
    });
  }

  get: KeyValueStore["get"] = (...args) => this.#ask("get", args) as ReturnType<KeyValueStore["get"]>;
  version: KeyValueStore["version"] = (...args) => this.#ask("version", args) as Promise<number>;
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
    return this.#file.close();
  }

  #ask(operation: KeyValueRequest["operation"], args: readonly unknown[]): Promise<unknown> {
    return this.#file.ask(operation, args);
  }
}
