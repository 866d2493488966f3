/** Sources that plugins follow by their settings. What follows them is there when the registry is. */
import type { ErrorCode } from "../errors.ts";
import { sameJson } from "../wit/json/json-function.ts";
import type { SourceSetting } from "./settings/source-setting.ts";

/** State of a plugin's source, since the host began. */
export interface SourceState extends SourceSetting {
  /** Time at which it was looked at last. */
  readonly checkedAt?: string;
  /** Digest of the manifest that its tag stood for then. */
  readonly digest?: string;
  /** Time at which the host looks again by itself. */
  readonly next?: string;
  /** Reason why what it stands for is not live; absent where that is. */
  readonly failed?: { readonly at: string; readonly code: ErrorCode; readonly detail: string };
}

export interface SourceFollower {
  /** A plugin follows that from now on; undefined: nothing. */
  follow(plugin: string, source: SourceSetting | undefined): void;
  /** Throws for what can't be followed: `bad-reference`, `registry-not-allowed`, `bad-settings`. */
  require(plugin: string, source: SourceSetting): void;
  /** Undefined where a plugin follows nothing. */
  state(plugin: string): SourceState | undefined;
}

export class SourceTable {
  readonly #sources = new Map<string, SourceSetting>();
  #follower: SourceFollower | undefined;

  /** Takes note of what is stored of a plugin. */
  store(plugin: string, source: SourceSetting | undefined): void {
    if (sameJson(this.#sources.get(plugin), source)) return;
    if (source) this.#sources.set(plugin, source);
    else this.#sources.delete(plugin);
    this.#follower?.follow(plugin, source);
  }

  /** See `SourceFollower`. */
  require(plugin: string, source: SourceSetting): void {
    this.#follower?.require(plugin, source);
  }

  state(plugin: string): SourceState | undefined {
    return this.#follower?.state(plugin);
  }

  followedBy(follower: SourceFollower): void {
    this.#follower = follower;
    for (const [plugin, source] of this.#sources) follower.follow(plugin, source);
  }
}
