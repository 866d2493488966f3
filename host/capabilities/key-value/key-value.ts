import * as v from "valibot";
import type { KeyValueSettings } from "../../backends/key-value/key-value-settings.ts";
import { keyValueBounds } from "../../bounds/key-value-bounds.ts";
import type { HostPrice } from "../../engine/engine.ts";
import { hostCosts } from "../../fuel-prices.ts";
import type { Capability, FunctionPrices } from "../capability.ts";
import { object, refusable } from "../kit/common-prices.ts";
import { Cas, increment } from "./atomics.ts";
import { batch } from "./batch.ts";
import { Bucket, FirstBucket, type KeyValueCell, refusedWith } from "./bucket.ts";
import { firstKeyValueWit, keyValueWit } from "./key-value-wit.ts";
import { sharedReach } from "./shared-reach.ts";

const KiB = 1024;
const MiB = 1024 * KiB;

const amount = (least: number, most: number, standard: number) =>
  v.optional(v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(most)), standard);

const name = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;
const shared = /^[a-z0-9][a-z0-9-]{0,62}\/[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;

const pattern = /^(?=.{1,64}$)[a-z0-9-]*\*?[a-z0-9-]*$/;

const bucketSchema = v.strictObject({
  shared: v.optional(v.pipe(v.string(), v.regex(shared, "the bucket of another plugin, as plugin/bucket"))),
  readonly: v.optional(v.boolean(), false),
  sharedWith: v.optional(
    v.array(v.pipe(v.string(), v.regex(pattern, "a plugin's name, or a pattern of some with one *"))),
  ),
});

const schema = v.strictObject({
  buckets: v.optional(
    v.pipe(
      v.record(
        v.pipe(v.string(), v.regex(name, "a bucket's name: 1 to 63 of a-z, A-Z, 0-9, ., _ and -")),
        bucketSchema,
      ),
      v.check(
        (buckets) => Object.keys(buckets).length <= keyValueBounds.buckets.value,
        `no more than ${keyValueBounds.buckets.value} buckets`,
      ),
    ),
    { default: {} },
  ),
  bytes: amount(0, keyValueBounds.bytes.value, 64 * MiB),
  keys: amount(0, keyValueBounds.keys.value, 100_000),
  keyBytes: amount(0, keyValueBounds.key.value, KiB),
  valueBytes: amount(0, keyValueBounds.value.value, 512 * KiB),
});

const ids = ["store", "atomics", "batch"].map((each) => `wasi:keyvalue/${each}`);
const first = "0.2.0-draft";

const methods = ["get", "set", "delete", "exists", "list-keys"].map(
  (each) => `wasi:keyvalue/store#[method]bucket.${each}`,
);
const batched = ["get-many", "set-many", "delete-many"];
const atomic = ["[static]cas.new", "[method]cas.current", "increment", "swap"];

/** Price of what asks the store's thread for so much work, by the bytes of the arguments that cross to it. */
function asked<A extends unknown[]>(work: number, bytesOf: (...args: A) => number): HostPrice {
  return { call: hostCosts.ask + work, touched: (...args: A) => bytesOf(...args) * hostCosts.askByte };
}

const { keyRead, keyWrite, keyPage, keyOfMany } = hostCosts;
const ofKey = (_self: unknown, key: string) => 2 * key.length;
const ofKeys = (_self: unknown, keys: readonly string[]) =>
  keys.reduce((sum, key) => sum + 2 * key.length + keyOfMany, 0);
const ofEntries = (_self: unknown, entries: readonly (readonly [string, Uint8Array])[]) =>
  entries.reduce((sum, [key, value]) => sum + 2 * key.length + value.length + keyOfMany, 0);

const storePrices: FunctionPrices = {
  open: { call: hostCosts.object + refusable.call },
  "[method]bucket.get": asked(keyRead, ofKey),
  "[method]bucket.exists": asked(keyRead, ofKey),
  "[method]bucket.list-keys": { call: hostCosts.ask + keyPage },
  "[method]bucket.set": asked(
    keyWrite,
    (_self: unknown, key: string, value: Uint8Array) => 2 * key.length + value.length,
  ),
  "[method]bucket.delete": asked(keyWrite, ofKey),
};

/**
 * `wasi:keyvalue`, a proposal, in both of its drafts: values by key in buckets that outlast cells, swaps and hosts. A
 * bucket is the plugin's own, or another plugin's that shares it. Whatever is answered is durable.
 */
export const keyValue: Capability<KeyValueSettings> = {
  name: "kv",
  grant: {
    allows: "keeping values by key in buckets of its own",
    settings: schema,
    amounts: ["bytes", "keys", "keyBytes", "valueBytes"],
    within: (settings, granted) =>
      (["bytes", "keys", "keyBytes", "valueBytes"] as const).every(
        (each) => settings[each] <= granted[each],
      ) &&
      Object.entries(settings.buckets).every(([each, bucket]) => {
        const more = Object.hasOwn(granted.buckets, each) ? granted.buckets[each] : undefined;
        return more !== undefined && bucket.shared === more.shared && (bucket.readonly || !more.readonly);
      }),
    reaches: ({ buckets }) =>
      Object.values(buckets).flatMap((bucket) =>
        bucket.shared === undefined ? [] : sharedReach(bucket.shared, bucket.readonly),
      ),
  },
  offers: ids.map((id) => ({
    name: id,
    supports: (version) => version === first || version === "0.2.0-draft2",
    versions: "0.2.0-draft or 0.2.0-draft2",
    free: false,
  })),
  wit: { "wasi:keyvalue": keyValueWit },
  otherWit: { [`wasi:keyvalue@${first}`]: firstKeyValueWit },
  backends: ["key-value"],
  suspends: [
    ...methods,
    ...batched.map((each) => `wasi:keyvalue/batch#${each}`),
    ...atomic.map((each) => `wasi:keyvalue/atomics#${each}`),
  ],
  prices: {
    "wasi:keyvalue/store": storePrices,
    "wasi:keyvalue/atomics": {
      "[static]cas.new": asked(keyRead + object.call, ofKey),
      "[method]cas.current": { call: hostCosts.ask + keyRead },
      increment: asked(keyWrite, ofKey),
      swap: asked(keyWrite, (_cas: unknown, value: Uint8Array) => value.length),
    },
    "wasi:keyvalue/batch": {
      "get-many": asked(keyRead, ofKeys),
      "set-many": asked(keyWrite, ofEntries),
      "delete-many": asked(keyWrite, ofKeys),
    },
  },
  bind: (settings) => ({
    supply({ objects, backend }) {
      const cell: KeyValueCell = { objects, client: backend("key-value") };
      const open = (Opened: typeof Bucket) => (identifier: string) => {
        // Guests that know of one bucket alone open it by no name.
        const bucket = identifier === "" ? "default" : identifier;
        if (settings !== undefined && Object.hasOwn(settings.buckets, bucket))
          return new Opened(cell, bucket);
        throw refusedWith({ tag: "no-such-store" });
      };
      return {
        interfaces: {
          "wasi:keyvalue/store": { open: open(Bucket), Bucket },
          [`wasi:keyvalue/store@${first}`]: { open: open(FirstBucket), Bucket: FirstBucket },
          "wasi:keyvalue/atomics": {
            Cas,
            increment: increment(true),
            swap: async (cas: Cas, value: Uint8Array) => cas.swap(value),
          },
          [`wasi:keyvalue/atomics@${first}`]: { increment: increment(false) },
          "wasi:keyvalue/batch": batch,
        },
      };
    },
  }),
};
