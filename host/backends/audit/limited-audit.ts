import { pluginBounds } from "../../bounds/cell-bounds.ts";
import { TokenBucket } from "../../platform/token-bucket.ts";
import type { AuditEntry } from "./reach.ts";

/** Entries in a second, and twice that at once after a quiet time. */
const perSecond = pluginBounds.audit.value;

/** Milliseconds after which it is told what was dropped, where no entry comes that could tell it. */
const noticeAfter = 1_000;

/** Recipient of entries that there is room for. */
type Audited = (capability: string, entry: AuditEntry) => void;

/**
 * Audit of one deployment, as far as there is room in the event log: a plugin that reaches something thousands of times in a
 * second must not push out what happened to others. Entries beyond are dropped, and an entry `{ dropped }` of the
 * capability says how many.
 */
export class LimitedAudit {
  readonly #audited: Audited;
  readonly #dropped = new Map<string, number>();
  readonly #bucket = new TokenBucket(perSecond, 2 * perSecond);
  #notice: NodeJS.Timeout | undefined;

  constructor(audited: Audited) {
    this.#audited = audited;
  }

  audit(capability: string, entry: AuditEntry): void {
    if (this.#bucket.take(1)) {
      this.#tell();
      this.#audited(capability, entry);
      return;
    }
    this.#dropped.set(capability, (this.#dropped.get(capability) ?? 0) + 1);
    this.#notice ??= setTimeout(() => this.#tell(), noticeAfter).unref();
  }

  #tell(): void {
    clearTimeout(this.#notice);
    this.#notice = undefined;
    for (const [capability, dropped] of this.#dropped) this.#audited(capability, { dropped });
    this.#dropped.clear();
  }
}
