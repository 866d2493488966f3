/** Source of one plugin: what its tag stands for is looked at, and deployed where that is another component than before. */
import { ociBounds } from "../../bounds/oci-bounds.ts";
import { asHotcellError, type ErrorCode, HotcellError, maxDetail } from "../../errors.ts";
import type { Deployment, Registry } from "../../registry/api.ts";
import type { SourceSetting } from "../../registry/settings/source-setting.ts";
import { millisecondsOf } from "../../registry/settings/time-text.ts";
import type { SourceState } from "../../registry/source-table.ts";
import { cutText } from "../../text/cut.ts";
import type { OciClient } from "./oci-client.ts";
import { parseReference, printReference } from "./oci-reference.ts";

/** Outcome of a look. */
export interface SourceCheck {
  readonly oci: string;
  /** Digest of the manifest that the tag stands for. */
  readonly digest: string;
  /** `unchanged`: what it stands for was deployed before, or is live. */
  readonly outcome: "unchanged" | "deployed";
  /** The deployment that it led to. */
  readonly deployment?: Deployment;
}

/** Failure of a look, as an event tells it. */
interface SourceFailure {
  readonly oci: string;
  readonly code: string;
  readonly detail: string;
}

export interface WatchMeans {
  readonly client: Pick<OciClient, "look" | "pull">;
  readonly registry: Pick<Registry, "deploy" | "origin" | "revision">;
  /** True on the one host, of several, that looks by itself; absent: this one does. */
  readonly leads?: (() => boolean) | undefined;
  /** Does some work when it is its turn. */
  readonly inTurn: <T>(work: () => Promise<T>) => Promise<T>;
  readonly tell: (plugin: string, failure: SourceFailure) => void;
  readonly count: (outcome: SourceCheck["outcome"] | "refused" | "failed") => void;
}

/** Author of what a source deploys, in the history. */
const who = "source";
/** Milliseconds within which the first look comes. */
const soon = 10_000;

export class WatchedSource {
  readonly #plugin: string;
  readonly #setting: SourceSetting;
  readonly #means: WatchMeans;
  readonly #stopping = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<SourceCheck> | undefined;
  /** Look that was asked for while one was under way, and follows it. */
  #following: Promise<SourceCheck> | undefined;
  /** Digest that was deployed, or refused for good. */
  #seen: string | undefined;
  /** Revision at which that was refused: with other settings it may do. */
  #refusedAt: number | undefined;
  #failures = 0;
  /** Refusal that the deployment has told by an event of its own. */
  #told: unknown;
  /** Refusal that stays one as long as the tag and the settings stay as they are. */
  #refusal: unknown;
  #state: SourceState;

  constructor(plugin: string, setting: SourceSetting, means: WatchMeans) {
    this.#plugin = plugin;
    this.#setting = setting;
    this.#means = means;
    this.#state = setting;
    this.#wait(Math.min(soon, this.#every / 2) * Math.random());
  }

  get state(): SourceState {
    return this.#state;
  }

  /**
   * Looks now. `asked`: by somebody, so that what was refused is tried once more, and who asks during a look gets what one after it comes
   * to: that one may have seen the tag before it moved. Rejects with what the registry fails with, and with what refuses the deployment.
   */
  check(asked: boolean): Promise<SourceCheck> {
    if (asked && this.#running) {
      const again = () => {
        this.#following = undefined;
        return this.check(true);
      };
      this.#following ??= this.#running.then(again, again);
      return this.#following;
    }
    this.#running ??= this.#check(asked).finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#stopping.abort();
  }

  get #every(): number {
    return this.#setting.watch === undefined ? Number.POSITIVE_INFINITY : millisecondsOf(this.#setting.watch);
  }

  async #check(asked: boolean): Promise<SourceCheck> {
    const { inTurn, count } = this.#means;
    clearTimeout(this.#timer);
    let least = 0;
    try {
      const check = await inTurn(() => this.#look(asked));
      this.#failures = 0;
      if (this.#refusedAt === undefined) this.#state = without(this.#state);
      this.#state = { ...this.#state, checkedAt: now(), digest: check.digest };
      count(check.outcome);
      return check;
    } catch (thrown) {
      if (this.#stopping.signal.aborted) throw stopped(this.#plugin);
      least = this.#failed(asHotcellError(thrown));
      throw thrown;
    } finally {
      const every = Math.min(
        this.#every * 2 ** Math.min(this.#failures, 10),
        Math.max(this.#every, ociBounds.watchBackoff.value),
      );
      this.#wait(Math.max(every, least) * (0.9 + Math.random() / 5));
    }
  }

  async #look(asked: boolean): Promise<SourceCheck> {
    const { client, registry } = this.#means;
    const { signal } = this.#stopping;
    const reference = parseReference(this.#setting.oci);
    const oci = printReference(reference);
    const digest = await client.look(reference, signal);
    // By another host perhaps, and then rolled back by somebody: the tag has not moved since.
    if (digest !== this.#seen && digest === (await this.#deployedBefore(oci))) {
      this.#seen = digest;
      this.#refusedAt = undefined;
    }
    const revision = registry.revision(this.#plugin);
    const again = this.#refusedAt !== undefined && (asked || this.#refusedAt !== revision);
    if (digest === this.#seen && !again) return { oci, digest, outcome: "unchanged" };
    let pulled = digest;
    let deploying = false;
    try {
      const { bytes, origin } = await client.pull(reference, signal);
      pulled = origin.digest;
      signal.throwIfAborted();
      // Of the revision that there is: what was removed meanwhile does not come back.
      const options = { who, origin, ...(revision !== undefined && { ifRevision: revision }) };
      deploying = true;
      const deployment = await registry.deploy(this.#plugin, bytes, options);
      this.#seen = pulled;
      this.#refusedAt = undefined;
      const outcome = deployment.outcome === "unchanged" ? "unchanged" : "deployed";
      return { oci, digest: pulled, outcome, deployment };
    } catch (thrown) {
      if (deploying) this.#told = thrown;
      this.#state = { ...this.#state, digest: pulled };
      if (!signal.aborted && lasts(asHotcellError(thrown), deploying)) {
        this.#refusal = thrown;
        this.#seen = pulled;
        this.#refusedAt = registry.revision(this.#plugin) ?? 0;
      }
      throw thrown;
    }
  }

  /** Digest that was deployed last from there, so that a host which begins anew does not take back what somebody rolled back. */
  async #deployedBefore(oci: string): Promise<string | undefined> {
    const origin = await this.#means.registry.origin(this.#plugin, "newest");
    return origin?.oci === oci ? origin.digest : undefined;
  }

  /** Takes note of a failure, and tells it where it is another than before. Gives the milliseconds that the registry wants to be left alone for. */
  #failed(error: HotcellError): number {
    const { tell, count } = this.#means;
    const { oci } = this.#setting;
    const detail = cutText(error.message, maxDetail);
    // Somebody was quicker, another host perhaps: the next look finds what they did.
    if (error.code === "stale-revision") return 0;
    const refused = error === this.#refusal;
    if (!refused) this.#failures++;
    const before = this.#state.failed;
    const isNew = before?.code !== error.code || before.detail !== detail;
    if (isNew && error !== this.#told) tell(this.#plugin, { oci, code: error.code, detail });
    this.#state = { ...this.#state, checkedAt: now(), failed: { at: now(), code: error.code, detail } };
    count(refused ? "refused" : "failed");
    return Math.min((error.facts.retryAfter ?? 0) * 1000, ociBounds.watchBackoff.value);
  }

  #wait(milliseconds: number): void {
    const { next: _, ...state } = this.#state;
    this.#state = state;
    if (this.#setting.watch === undefined || this.#stopping.signal.aborted) return;
    this.#state = { ...state, next: new Date(Date.now() + milliseconds).toISOString() };
    const look = () => {
      if (this.#means.leads?.() === false) return this.#wait(this.#every);
      // What it comes to is noted.
      this.check(false).catch(() => {});
    };
    this.#timer = setTimeout(look, milliseconds).unref();
  }
}

function stopped(plugin: string): HotcellError {
  return new HotcellError("closed", `${plugin} follows something else now, or nothing.`, {
    subject: plugin,
    remedy: "Ask again, if it still follows a registry.",
  });
}

/** Test for a refusal that stays one: of a deployment, or of what was pulled for one. */
function lasts({ status, code }: HotcellError, deploying: boolean): boolean {
  if (!deploying) return code === "bad-image" || code === "too-large";
  return status < 500 && !overtaken.has(code) && status !== 429;
}

/** Codes of refusals for what another host does just now. */
const overtaken = new Set<ErrorCode>(["stale-revision", "rollout-under-way"]);

function without({ failed: _, ...state }: SourceState): SourceState {
  return state;
}

function now(): string {
  return new Date().toISOString();
}
