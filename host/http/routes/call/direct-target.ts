import type { IncomingMessage } from "node:http";

/** Plugin and function that a call is of, and the URL that says so. */
export interface DirectTarget {
  readonly plugin: string;
  readonly function: string;
}

/** Targets in which no two readers of URLs find different things: nothing escaped in the path, no segments of dots. */
const plainTarget =
  /^\/call\/([\w~-][\w.~-]*)\/([\w~:@-][\w.~:@-]*(?:\/[\w~:@-][\w.~:@-]*)*)(?:\?[!$%&-;=?-[\]_a-z~]*)?$/;

/** Hosts in which none does either. */
const plainHost =
  /^(?:[a-z0-9._-]+(?::(?:[1-5]\d{3,4}|[6-9]\d{3}))?|(?:localhost|127\.0\.0\.1):6[0-4]\d{3})$/;

/** Targets that are remembered, and characters of the longest of them: those of most calls are few and short. */
const [maxRemembered, maxLength] = [256, 128];

/** Reader of targets, which remembers what it found: finding it takes longer than all that is read of a small call's head besides. */
export class DirectTargets {
  readonly #found = new Map<string, DirectTarget>();
  #lastHost: string | undefined;

  /** Target of a plain request for a call; undefined for any other request, and for what is not plain to read. */
  of({ method, url = "", headers }: IncomingMessage): DirectTarget | undefined {
    if (method !== "POST" && method !== "GET") return undefined;
    if (!url.startsWith("/call/") || !this.#isPlainHost(headers.host)) return undefined;
    const known = this.#found.get(url);
    if (known !== undefined) return known;
    const [, plugin, path] = plainTarget.exec(url) ?? [];
    if (plugin === undefined) return undefined;
    const target: DirectTarget = { plugin, function: path! };
    // Queries are arguments, each another.
    if (url.length <= maxLength && !url.includes("?")) {
      if (this.#found.size >= maxRemembered) this.#found.clear();
      this.#found.set(url, target);
    }
    return target;
  }

  #isPlainHost(host: string | undefined): boolean {
    if (host === undefined) return false;
    if (host === this.#lastHost) return true;
    if (!plainHost.test(host)) return false;
    this.#lastHost = host;
    return true;
  }
}
