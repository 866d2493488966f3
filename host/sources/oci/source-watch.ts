/** Watch over the sources of all plugins of a host: so many, and a few at a time. */
import { ociBounds } from "../../bounds/oci-bounds.ts";
import { HotcellError } from "../../errors.ts";
import { Turns } from "../../placement/turns.ts";
import type { SourceSetting } from "../../registry/settings/source-setting.ts";
import type { SourceFollower, SourceState } from "../../registry/source-table.ts";
import type { OciClient } from "./oci-client.ts";
import { parseReference } from "./oci-reference.ts";
import { type SourceCheck, WatchedSource, type WatchMeans } from "./watched-source.ts";

export type SourceWatchOptions = Omit<WatchMeans, "inTurn" | "client"> & {
  readonly client: Pick<OciClient, "look" | "pull" | "require">;
};

const most = ociBounds.watched.value;

export class SourceWatch implements SourceFollower {
  readonly #means: WatchMeans;
  readonly #client: SourceWatchOptions["client"];
  readonly #sources = new Map<string, WatchedSource>();
  /** Sources beyond those that are followed, until there is a place: several hosts, or deployments at once, may have stored more. */
  readonly #waiting = new Map<string, { readonly source: SourceSetting; readonly since: string }>();
  /** Each source has one look at a time, so no more than these can wait. */
  readonly #turns = new Turns(ociBounds.watchedAtOnce.value, most, tooMany);

  constructor(options: SourceWatchOptions) {
    this.#client = options.client;
    this.#means = { ...options, inTurn: (work) => this.#inTurn(work) };
  }

  follow(plugin: string, source: SourceSetting | undefined): void {
    this.#sources.get(plugin)?.stop();
    this.#sources.delete(plugin);
    this.#waiting.delete(plugin);
    if (source) this.#waiting.set(plugin, { source, since: new Date().toISOString() });
    for (const [next, { source }] of this.#waiting) {
      if (this.#sources.size >= most) return;
      this.#waiting.delete(next);
      this.#sources.set(next, new WatchedSource(next, source, this.#means));
    }
  }

  require(plugin: string, { oci }: SourceSetting): void {
    const reference = parseReference(oci);
    if (reference.digest !== undefined) {
      throw new HotcellError(
        "bad-settings",
        `${oci} stands for the same for ever, so there is nothing to follow.`,
        {
          subject: "settings.source.oci",
          actual: oci,
          expected: "a reference with a tag, and without a digest",
          remedy: "Leave the digest out, or deploy it once: PUT /plugins/NAME with oci.",
        },
      );
    }
    this.#client.require(reference);
    if (!this.#sources.has(plugin) && this.#sources.size >= most) throw tooMany();
  }

  state(plugin: string): SourceState | undefined {
    const waiting = this.#waiting.get(plugin);
    if (!waiting) return this.#sources.get(plugin)?.state;
    const { code, message } = tooMany();
    return { ...waiting.source, failed: { at: waiting.since, code, detail: message } };
  }

  /** Looks at a plugin's source now. Throws `bad-request` for one that has none, `bad-settings` for one too many, and what `WatchedSource.check` rejects with. */
  async check(plugin: string): Promise<SourceCheck> {
    const source = this.#sources.get(plugin);
    if (source) return source.check(true);
    if (this.#waiting.has(plugin)) throw tooMany();
    throw new HotcellError("bad-request", `${plugin} follows no registry.`, {
      subject: plugin,
      remedy: 'Set what it follows: {"source":{"oci":"ghcr.io/acme/greet:stable","watch":"5m"}}.',
    });
  }

  close(): void {
    for (const source of this.#sources.values()) source.stop();
    this.#sources.clear();
    this.#waiting.clear();
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    await this.#turns.take();
    try {
      return await work();
    } finally {
      this.#turns.give();
    }
  }
}

function tooMany(): HotcellError {
  return new HotcellError("bad-settings", `${most} plugins of this host follow registries already.`, {
    subject: "settings.source",
    limit: most,
    remedy: "Have one of them follow none, or have what builds components deploy them.",
  });
}
