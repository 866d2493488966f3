/** `wasi:keyvalue/batch`: several keys of a bucket at once, all of them or none. */
import { keyValueBounds } from "../../bounds/key-value-bounds.ts";
import { type Bucket, refusedWith } from "./bucket.ts";

export const batch = {
  async getMany(
    bucket: Bucket,
    keys: readonly string[],
  ): Promise<([key: string, value: Uint8Array] | undefined)[]> {
    requireFew(keys.length);
    const found = (await bucket.ask("get", { keys })) as readonly ([Uint8Array, number] | null)[];
    return found.map((entry, i) => (entry ? [keys[i]!, entry[0]] : undefined));
  },

  async setMany(bucket: Bucket, entries: readonly (readonly [string, Uint8Array])[]): Promise<void> {
    requireFew(entries.length);
    await bucket.ask("set", { entries });
  },

  async deleteMany(bucket: Bucket, keys: readonly string[]): Promise<void> {
    requireFew(keys.length);
    await bucket.ask("delete", { keys });
  },
};

function requireFew(keys: number): void {
  const limit = keyValueBounds.batch.value;
  if (keys > limit)
    throw refusedWith({ tag: "other", val: `There are ${keys} keys at once; there may be ${limit}.` });
}
