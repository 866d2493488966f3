/** Links of all plugins of a registry: what the store has of them, and what deployments under way hold. */
import { linkBounds } from "../../bounds/link-bounds.ts";
import { type LinkedNames, sameLinks } from "../../capabilities/plugins/linked-names.ts";
import type { HotcellError } from "../../errors.ts";
import { badLink } from "./link-errors.ts";

const maxDepth = linkBounds.depth.value;

/** Deployment that is being stored. */
interface Hold {
  readonly plugin: string;
  readonly links: LinkedNames;
  readonly over: Promise<void>;
}

export class LinkTable {
  readonly #stored = new Map<string, { readonly links: LinkedNames; readonly version: string }>();
  /** In order of their beginning. */
  readonly #holds = new Set<Hold>();
  #changes = 0;

  /** Number that is another one when any plugin's version or links have changed since. */
  get changes(): number {
    return this.#changes;
  }

  /** Takes note of what is stored of a plugin: its version's digest, undefined where nothing is deployed, and its links. */
  store(plugin: string, version: string | undefined, links: LinkedNames): void {
    const before = this.#stored.get(plugin);
    if (before?.version === version && sameLinks(before?.links ?? {}, links)) return;
    this.#changes++;
    if (version === undefined) this.#stored.delete(plugin);
    else this.#stored.set(plugin, { links, version });
  }

  /** Plugins that are linked to this one. */
  dependants(plugin: string): string[] {
    const linked = [...this.#stored].filter(([, { links }]) => Object.values(links).includes(plugin));
    return linked.map(([name]) => name).sort();
  }

  /** Throws `bad-link` where these links would lead back to the plugin, or further than calls may go. */
  requireWay(plugin: string, links: LinkedNames): void {
    const targets = (name: string) => [
      ...Object.values((name === plugin ? links : this.#stored.get(name)?.links) ?? {}),
    ];
    const after = this.#longest(plugin, targets, new Map(), [plugin], circle);
    // A circle of others, or one that the plugin's own links made until now, is not for it to answer for.
    const callers = (name: string) => this.dependants(name).filter((each) => each !== plugin);
    const before = this.#longest(plugin, callers, new Map(), [plugin]);
    const way = [...before.toReversed(), ...after.slice(1)];
    if (way.length <= maxDepth) return;
    throw badLink(`A call would go through ${way.length} plugins: ${way.join(" → ")}.`, {
      subject: plugin,
      limit: maxDepth,
      actual: way.length,
      remedy: "Let one of them do what two do now.",
      reason: "too-deep",
    });
  }

  /** The longest way from a plugin. Throws what `circle` makes of one that leads in a circle; without it, that is left out. */
  #longest(
    plugin: string,
    next: (plugin: string) => readonly string[],
    known: Map<string, readonly string[]>,
    way: readonly string[],
    circle?: (way: readonly string[]) => HotcellError,
  ): readonly string[] {
    const found = known.get(plugin);
    if (found) return found;
    let longest: readonly string[] = [];
    for (const each of new Set(next(plugin))) {
      if (way.includes(each)) {
        if (circle) throw circle([...way.slice(way.indexOf(each)), each]);
        continue;
      }
      // Beyond what is allowed it need not be known how far it goes.
      if (way.length > maxDepth) break;
      const rest = this.#longest(each, next, known, [...way, each], circle);
      if (rest.length > longest.length) longest = rest;
    }
    const whole = [plugin, ...longest];
    known.set(plugin, whole);
    return whole;
  }

  /**
   * Keeps a plugin's links for it while they are being stored, once deployments that have begun to be stored before, and that
   * have to do with it, are. What was judged of others may be another matter by then: see `changes`.
   */
  async hold(plugin: string, links: LinkedNames): Promise<Disposable> {
    const { promise: over, resolve } = Promise.withResolvers<void>();
    const own: Hold = { plugin, links, over };
    const earlier = [...this.#holds].filter((other) => concern(own, other));
    this.#holds.add(own);
    // Nobody waits for who comes later, so nobody waits for ever.
    await Promise.all(earlier.map((other) => other.over));
    return {
      [Symbol.dispose]: () => {
        this.#holds.delete(own);
        resolve();
      },
    };
  }
}

/** Two links may make a circle though neither plugin is the other's. */
function concern(one: Hold, other: Hold): boolean {
  const [links, others] = [Object.values(one.links), Object.values(other.links)];
  if (links.length > 0 && others.length > 0) return true;
  return links.includes(other.plugin) || others.includes(one.plugin);
}

function circle(way: readonly string[]): HotcellError {
  return badLink(`A call would come back to the plugin that made it: ${way.join(" → ")}.`, {
    subject: way[0]!,
    remedy: "Move what both need into a plugin of its own, to which both are linked.",
    reason: "circle",
  });
}
