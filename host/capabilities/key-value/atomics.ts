/** `wasi:keyvalue/atomics` for the guests of one cell. */
import { suspendingByChance } from "../../engine/engine.ts";
import { ComponentError } from "../../errors.ts";
import { after, caught, type Soon } from "../../platform/soon.ts";
import { HostResource } from "../kit/host-resource.ts";
import type { Bucket } from "./bucket.ts";

/** Comparing and setting of a value: by the version that it had when the handle was made, or its value was last asked for. */
export class Cas extends HostResource {
  readonly #bucket: Bucket;
  readonly #key: string;
  #version: number;

  constructor(bucket: Bucket, key: string, version: number) {
    super(bucket.cell.objects);
    this.#bucket = bucket;
    this.#key = key;
    this.#version = version;
  }

  static new(bucket: Bucket, key: string): Soon<Cas> {
    return after(bucket.ask("version", { key }), (version) => new Cas(bucket, key, version as number));
  }

  current(): Soon<Uint8Array | undefined> {
    return after(this.#bucket.ask("get", { keys: [this.#key] }), (found) => {
      const [entry] = found as readonly ([Uint8Array, number] | null)[];
      this.#version = entry?.[1] ?? 0;
      return entry?.[0];
    });
  }

  /** Consumes the handle. Throws ComponentError, with another one where the value has changed. */
  async swap(value: Uint8Array): Promise<void> {
    this[Symbol.dispose]();
    const request = { key: this.#key, value, version: this.#version };
    const swapped = await caught(
      () => this.#bucket.ask("swap", request),
      (error) => {
        if (!(error instanceof ComponentError)) throw error;
        throw new ComponentError({ tag: "store-error", val: error.payload }, error.message);
      },
    );
    if (swapped === null) return;
    const { stale } = swapped as { stale: number };
    const val = new Cas(this.#bucket, this.#key, stale);
    throw new ComponentError({ tag: "cas-failed", val }, "The value has been changed by another.");
  }
}

suspendingByChance(Cas.new);
suspendingByChance(Cas.prototype.current);

/** Function of both drafts: they differ in the range of numbers. */
export function increment(signed: boolean) {
  return async (bucket: Bucket, key: string, delta: bigint): Promise<bigint> =>
    (await bucket.ask("add", { key, delta, signed })) as bigint;
}
