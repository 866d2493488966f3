import { keyValueBounds } from "../bounds/key-value-bounds.ts";
import { TokenBucket } from "../platform/token-bucket.ts";
import type { ValueChange } from "./owned-values.ts";

const perSecond = keyValueBounds.changes.value;

/** Milliseconds after which it is told what was kept back, where no change comes that could tell it. */
const noticeAfter = 1_000;
/** Changes that are alike in nothing that is kept back at a time. */
const maxKinds = 1_000;

/** Change of a value, or so many changes of values, as the event log has it. */
type ToldChange = ValueChange | (Omit<ValueChange, "keyBytes"> & { readonly times: number });

type Tell = (plugin: string, who: string | undefined, change: ToldChange) => void;

/**
 * Teller of changes that owners make: one by one as long as they are few, and beyond that those together that one token made
 * of one bucket. None is left out: whoever writes for ever must not push out what happened to others, nor hide what he did.
 */
export class ValueChangeTeller {
  readonly #tell: Tell;
  readonly #bucket = new TokenBucket(perSecond, 2 * perSecond);
  readonly #untold = new Map<
    string,
    { plugin: string; who: string | undefined; change: ValueChange; times: number }
  >();
  #notice: NodeJS.Timeout | undefined;

  constructor(tell: Tell) {
    this.#tell = tell;
  }

  note(plugin: string, who: string | undefined, change: ValueChange): void {
    if (this.#untold.size === 0 && this.#bucket.take(1)) {
      this.#tell(plugin, who, change);
      return;
    }
    const { operation, bucket } = change;
    const kind = JSON.stringify([plugin, who, operation, bucket]);
    const known = this.#untold.get(kind);
    if (known) known.times++;
    else this.#untold.set(kind, { plugin, who, change, times: 1 });
    this.#notice ??= setTimeout(() => this.flush(), noticeAfter).unref();
    if (this.#untold.size >= maxKinds) this.flush();
  }

  /** Tells what was kept back. */
  flush(): void {
    clearTimeout(this.#notice);
    this.#notice = undefined;
    for (const { plugin, who, change, times } of this.#untold.values()) {
      const { keyBytes: _, ...alike } = change;
      this.#tell(plugin, who, times === 1 ? change : { ...alike, times });
    }
    this.#untold.clear();
  }
}
