/** `wasi:keyvalue/store`: buckets as one cell has them. */
import type { BackendClient } from "../../backends/backend.ts";
import type { Data } from "../../backends/data.ts";
import type { KeyValueAnswer, KeyValueError } from "../../backends/key-value/key-value-requests.ts";
import { suspendingByChance } from "../../engine/engine.ts";
import { ComponentError } from "../../errors.ts";
import { after, type Soon } from "../../platform/soon.ts";
import type { HostObjects } from "../kit/host-objects.ts";
import { HostResource } from "../kit/host-resource.ts";

/** Parts of a cell that its buckets need. */
export interface KeyValueCell {
  readonly objects: HostObjects;
  readonly client: BackendClient;
}

/** A bucket that the guest has opened; the second draft's. */
export class Bucket extends HostResource {
  readonly cell: KeyValueCell;
  readonly #name: string;

  constructor(cell: KeyValueCell, name: string) {
    super(cell.objects);
    this.cell = cell;
    this.#name = name;
  }

  get(key: string): Soon<Uint8Array | undefined> {
    return after(this.ask("get", { keys: [key] }), (found) => {
      const [entry] = found as readonly ([Uint8Array, number] | null)[];
      return entry?.[0];
    });
  }

  async set(key: string, value: Uint8Array): Promise<void> {
    await this.ask("set", { entries: [[key, value]] });
  }

  async delete(key: string): Promise<void> {
    await this.ask("delete", { keys: [key] });
  }

  exists(key: string): Soon<boolean> {
    return after(this.ask("version", { key }), (version) => version !== 0);
  }

  async listKeys(cursor: unknown): Promise<{ keys: readonly string[]; cursor: unknown }> {
    const listed = await this.listFrom(cursor === undefined ? undefined : numberOf(cursor as string));
    return { ...listed, cursor: listed.cursor?.toString() };
  }

  /** Throws ComponentError with the error that WASI has for it. */
  ask(operation: string, request: Readonly<Record<string, Data>>): Soon<Data> {
    return after(this.cell.client.ask(operation, { bucket: this.#name, ...request }), (data) => {
      const answer = data as KeyValueAnswer;
      if ("ok" in answer) return answer.ok;
      throw refusedWith(answer.error);
    });
  }

  protected async listFrom(
    cursor: bigint | undefined,
  ): Promise<{ keys: readonly string[]; cursor: bigint | undefined }> {
    const listed = await this.ask("list", { cursor: cursor ?? null });
    const { keys, cursor: next } = listed as { keys: readonly string[]; cursor: bigint | null };
    return { keys, cursor: next ?? undefined };
  }
}

suspendingByChance(Bucket.prototype.get);
suspendingByChance(Bucket.prototype.exists);

/** The same as the first draft has it, whose cursors are numbers. */
export class FirstBucket extends Bucket {
  override async listKeys(cursor: unknown): Promise<{ keys: readonly string[]; cursor: unknown }> {
    return this.listFrom(cursor as bigint | undefined);
  }
}

export function refusedWith(error: KeyValueError): ComponentError {
  const what = error.tag === "other" ? error.val : error.tag;
  return new ComponentError(error, `The bucket could not be used: ${what}`);
}

/** Number that a cursor is the text of; -1, which is none, where it is no text of one. */
function numberOf(cursor: string): bigint {
  return /^\d{1,19}$/.test(cursor) ? BigInt(cursor) : -1n;
}
