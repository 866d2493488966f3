/** Values by key of one plugin, as its owner sees them: `Registry.values`. */
import type { KeyValueSettings } from "../backends/key-value/key-value-settings.ts";
import type {
  Amounts,
  BucketId,
  ChangeOutcome,
  KeptValue,
  KeyChange,
  KeyValueStore,
  ListedKeys,
} from "../backends/key-value/key-value-store.ts";
import { keyValueBounds } from "../bounds/key-value-bounds.ts";
import { type AmountCeilings, orSetAmount } from "../capabilities/grant-amounts.ts";
import { HotcellError } from "../errors.ts";
import { beginning } from "../text/cut.ts";
import { didYouMean, nearest } from "../text/nearest.ts";
import type { KeysPage, PluginBucket, PluginValues, ValueConditions, ValueOptions } from "./plugin-values.ts";

/** Change of a value by an owner, as the event log has it: never the key itself, nor the value. */
export interface ValueChange {
  readonly operation: "put" | "delete";
  readonly bucket: string;
  readonly keyBytes: number;
}

interface ValuesParts {
  readonly store: KeyValueStore;
  /** Settings of the plugin's grant as they hold now; undefined where it has none. */
  settings(): KeyValueSettings | undefined;
  /** Throws `plugin-not-found` where nothing is deployed under the name. */
  requireDeployed(): void;
  changed(who: string | undefined, change: ValueChange): void;
  /** Ceilings of the host. */
  readonly ceilings: AmountCeilings;
}

const maxKeys = keyValueBounds.page.value;
const maxKeyBytes = keyValueBounds.pageBytes.value;

/** Bounds of the grant's amounts. */
const highest = {
  bytes: keyValueBounds.bytes,
  keys: keyValueBounds.keys,
  keyBytes: keyValueBounds.key,
  valueBytes: keyValueBounds.value,
} as const;

export class OwnedValues implements PluginValues {
  readonly #plugin: string;
  readonly #parts: ValuesParts;

  constructor(plugin: string, parts: ValuesParts) {
    this.#plugin = plugin;
    this.#parts = parts;
  }

  async buckets(): Promise<readonly PluginBucket[]> {
    const kept = await this.#kept();
    const own = this.#own();
    const empty = [...own]
      .filter((bucket) => !kept.some((each) => each.bucket === bucket))
      .map((bucket) => ({ bucket, keys: 0, bytes: 0 }));
    return [...kept, ...empty]
      .map((each) => ({ ...each, granted: own.has(each.bucket) }))
      .sort((one, other) => (one.bucket < other.bucket ? -1 : 1));
  }

  async keys(bucket: string, { after = 0, limit = maxKeys }: KeysPage = {}): Promise<ListedKeys> {
    const id = await this.#existing(bucket);
    const keys = Math.min(limit, maxKeys);
    return this.#parts.store.list(id, { after, keys, bytes: maxKeyBytes });
  }

  async get(bucket: string, key: string): Promise<KeptValue> {
    const id = await this.#existing(bucket);
    const [found] = (await this.#parts.store.get(id, [key], Number.MAX_SAFE_INTEGER)) ?? [];
    if (found) return found;
    throw this.#keyNotFound(bucket, key);
  }

  requireWritable(bucket: string, key: string): void {
    this.#writable(bucket, key);
  }

  async put(bucket: string, key: string, value: Uint8Array, options: ValueOptions = {}): Promise<number> {
    const { valueBytes } = this.#writable(bucket, key);
    if (value.byteLength > valueBytes) throw this.#valueTooLarge(value.byteLength, valueBytes);
    const put = (expected?: number): KeyChange => ({
      kind: "put",
      entries: [[key, value]],
      ...(expected !== undefined && { expected }),
    });
    // Looked up again for each try: a plugin that is removed meanwhile keeps nothing of this.
    const outcome = await this.#change(this.#id(bucket), key, options, put, () =>
      this.#writable(bucket, key),
    );
    if ("refused" in outcome) throw this.#refusal(outcome);
    this.#tell("put", bucket, key, options);
    return outcome.version;
  }

  async delete(bucket: string, key: string, options: ValueOptions = {}): Promise<void> {
    const id = await this.#existing(bucket);
    if ((await this.#parts.store.version(id, key)) === 0) {
      requireMet(0, options);
      throw this.#keyNotFound(bucket, key);
    }
    const remove = (expected?: number): KeyChange => ({
      kind: "delete",
      keys: [key],
      ...(expected !== undefined && { expected }),
    });
    await this.#change(id, key, options, remove, () => ({ bytes: 0, keys: 0 }));
    this.#tell("delete", bucket, key, options);
  }

  /** Made at the version that meets the conditions, or not at all: throws `stale-value`. */
  async #change(
    id: BucketId,
    key: string,
    conditions: ValueConditions,
    make: (expected?: number) => KeyChange,
    quota: () => Amounts,
  ): Promise<ChangeOutcome> {
    const { store } = this.#parts;
    if (conditions.ifVersion === undefined && !conditions.ifAbsent) return store.change(id, make(), quota());
    let version = await store.version(id, key);
    for (;;) {
      requireMet(version, conditions);
      const outcome = await store.change(id, make(version), quota());
      if (!("refused" in outcome) || outcome.refused !== "stale") return outcome;
      // Somebody was quicker: with "any" it is met by what there is now, too.
      version = outcome.version;
    }
  }

  #id(bucket: string): BucketId {
    return { plugin: this.#plugin, bucket };
  }

  #kept() {
    return this.#parts.store.usage(this.#plugin).then((kept) => {
      if (kept.length === 0) this.#parts.requireDeployed();
      return kept;
    });
  }

  /** Names of buckets that it is granted and that are its own. */
  #own(): ReadonlySet<string> {
    const buckets = Object.entries(this.#parts.settings()?.buckets ?? {});
    return new Set(buckets.flatMap(([name, { shared }]) => (shared === undefined ? [name] : [])));
  }

  /** A bucket that it is granted, or that has values that were kept. */
  async #existing(bucket: string): Promise<BucketId> {
    const own = this.#own();
    if (own.has(bucket)) return this.#id(bucket);
    const kept = (await this.#kept()).map((each) => each.bucket);
    if (kept.includes(bucket)) return this.#id(bucket);
    throw this.#bucketNotFound(bucket, [...new Set([...own, ...kept])]);
  }

  #writable(bucket: string, key: string): KeyValueSettings {
    this.#parts.requireDeployed();
    const settings = this.#parts.settings();
    const own = this.#own();
    if (!settings || !own.has(bucket)) throw this.#bucketNotFound(bucket, [...own]);
    const bytes = Buffer.byteLength(key);
    if (bytes <= settings.keyBytes && key.isWellFormed()) return settings;
    throw new HotcellError(
      "bad-request",
      bytes > settings.keyBytes
        ? `The key has ${bytes} bytes; it may have ${settings.keyBytes}.`
        : "The key has half a character, which UTF-8 can't tell.",
      {
        subject: "key",
        setting: "grants.kv.keyBytes",
        limit: settings.keyBytes,
        actual: bytes,
        remedy: this.#remedy("Use a shorter key of whole characters", "keyBytes", settings.keyBytes),
      },
    );
  }

  #bucketNotFound(bucket: string, names: readonly string[]): HotcellError {
    const buckets = this.#parts.settings()?.buckets ?? {};
    const { shared } = (Object.hasOwn(buckets, bucket) && buckets[bucket]) || {};
    const shown = JSON.stringify(beginning(bucket, 63));
    const [owner = "", name = ""] = shared?.split("/") ?? [];
    const near = nearest(bucket, names);
    return new HotcellError("bucket-not-found", `${this.#plugin} has no bucket ${shown} of its own.`, {
      subject: beginning(bucket, 63),
      expected: names.join(", ") || "none",
      remedy: shared
        ? `It is the bucket ${name} of ${owner}: ask for that.`
        : `${didYouMean(near) ?? `It has: ${names.join(", ") || "none"}.`} Another takes a grant: {"grants":{"kv":{"buckets":{"NAME":{}}}}}.`,
      ...(near.length > 0 && { extra: { near } }),
    });
  }

  #keyNotFound(bucket: string, key: string): HotcellError {
    const shown = beginning(key, 100);
    return new HotcellError(
      "key-not-found",
      `The bucket ${bucket} of ${this.#plugin} has no key ${JSON.stringify(shown)}.`,
      {
        subject: shown,
        remedy:
          "List the keys, and write them as they are: upper and lower case differ, and in a path / is %2F.",
      },
    );
  }

  #refusal(outcome: ChangeOutcome): HotcellError {
    if (!("refused" in outcome) || outcome.refused !== "quota")
      return new HotcellError("fault", "A change of a value came to what no change of one can.");
    const { of, limit, actual } = outcome;
    return new HotcellError(
      "over-quota",
      `The buckets of ${this.#plugin} would have ${actual} ${of}; they may have ${limit}.`,
      {
        subject: this.#plugin,
        setting: `grants.kv.${of}`,
        limit,
        actual,
        remedy: this.#remedy("Delete what is not needed", of, limit),
      },
    );
  }

  #valueTooLarge(actual: number, limit: number): HotcellError {
    return new HotcellError("too-large", `The value has ${actual} bytes; it may have ${limit}.`, {
      setting: "grants.kv.valueBytes",
      limit,
      actual,
      remedy: this.#remedy("Send less", "valueBytes", limit),
    });
  }

  /** Remedy for more than one of the grant's amounts. */
  #remedy(otherwise: string, amount: keyof typeof highest, held: number): string {
    const { ceilings } = this.#parts;
    return orSetAmount(otherwise, `kv.${amount}`, held, { ceilings, most: highest[amount].value });
  }

  #tell(operation: ValueChange["operation"], bucket: string, key: string, { who }: ValueOptions): void {
    this.#parts.changed(who, { operation, bucket, keyBytes: Buffer.byteLength(key) });
  }
}

/** `version`: of the value there is; 0 for none. */
function requireMet(version: number, { ifVersion, ifAbsent = false }: ValueConditions): void {
  const wanted = typeof ifVersion === "number" ? [ifVersion] : ifVersion;
  const meets = wanted === undefined || (wanted === "any" ? version > 0 : wanted.includes(version));
  if (meets && (version === 0 || !ifAbsent) && (version > 0 || wanted === undefined)) return;
  const is = version === 0 ? "there is none" : `there is one of version ${version}`;
  const asked = wanted === undefined ? "none" : wanted === "any" ? "any" : wanted.join(", ") || "another";
  const where =
    wanted === undefined
      ? "where there is no value"
      : `to ${wanted === "any" ? "a value that is there" : `version ${asked}`}`;
  throw new HotcellError("stale-value", `The change is to be made only ${where}, and ${is}.`, {
    subject: "version",
    actual: version,
    expected: asked,
    remedy: "Read the value again, and decide anew what it is to be.",
  });
}
