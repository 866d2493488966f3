/**
 * Collection of what a store on NATS keeps by digest and nobody refers to any more. A host collects what its own changes let go: the
 * marker of each names whoever may refer to it. What is left where a host died, or where a marker does not name all, is found by looking at everything.
 */
import {
  type BlobMarker,
  type Blobs,
  type BlobUsers,
  blobForm,
  type PlacedMarker,
  pinTime,
  usersOf,
} from "../../nats/blobs.ts";
import { unknownIn } from "../../skew/known-form.ts";
import type { Collected } from "../store.ts";
import type { NatsReferences, References } from "./nats-references.ts";

/** Digests of what was let go, and not looked at yet, that are remembered. */
const mostLetGo = 1_000;

export class NatsCollection {
  readonly #blobs: Blobs;
  readonly #references: NatsReferences;
  #letGo = new Set<string>();

  constructor(blobs: Blobs, references: NatsReferences) {
    this.#blobs = blobs;
    this.#references = references;
  }

  /** Notes what this host's change does not refer to any more. What is too much is left to who looks at everything. */
  letGo(digests: Iterable<string>): void {
    for (const digest of digests) if (this.#letGo.size < mostLetGo) this.#letGo.add(digest);
  }

  /** Removes what was let go here and nobody refers to, and then what only that was made of. */
  async collect(): Promise<Collected> {
    const collected = { versions: 0, bytes: 0 };
    const later: string[] = [];
    for (let look = this.#taken(); look.length > 0; look = this.#taken()) {
      try {
        for (const marker of await this.#removeOf(look, later)) {
          this.letGo(marker.parts);
          count(collected, marker);
        }
      } catch (error) {
        this.letGo([...look, ...later]);
        throw error;
      }
    }
    this.letGo(later);
    return collected;
  }

  /** Removes all that nobody refers to: nothing, where that may be told in a way that is not known here. */
  async collectAll(): Promise<Collected> {
    // Read before the references: what is pinned after that has another marker, and is not removed.
    const markers = await this.#blobs.markers();
    const references = await this.#references.all();
    if (!references.complete || !markers.every(({ marker }) => isOfToday(marker)))
      return { versions: 0, bytes: 0 };
    const used = new Set(
      markers
        .filter(({ digest, marker }) => references.digests.has(digest) || isPinned(marker, references))
        .map(({ digest }) => digest),
    );
    // What is made of parts first: as long as it is there, it may be made live again by its digest, which pins nothing else.
    const unused = markers
      .filter(({ digest }) => !used.has(digest))
      .sort((a, b) => b.marker.parts.length - a.marker.parts.length);
    // Read again: of a version that was stored and committed since, the parts may be among the unused.
    const now = unused.length === 0 ? [] : await this.#blobs.markers();
    const users = now.filter(({ digest }) => used.has(digest) || references.digests.has(digest));
    const parts = new Set(users.flatMap(({ marker }) => marker.parts));
    const collected = { versions: 0, bytes: 0 };
    for (const { digest, seq, marker } of unused) {
      if (parts.has(digest)) continue;
      if (await this.#blobs.remove(digest, seq, marker.upload)) count(collected, marker);
      else for (const part of marker.parts) parts.add(part);
    }
    return collected;
  }

  #taken(): string[] {
    const taken = [...this.#letGo];
    this.#letGo = new Set();
    return taken;
  }

  /** Removes those of these that nobody refers to, and gives them; `later` gets those of commits that are under way. */
  async #removeOf(digests: readonly string[], later: string[]): Promise<BlobMarker[]> {
    // Markers before references, as above.
    const placed = await Promise.all(
      digests.map(async (digest) => {
        const marker = known(await this.#blobs.placed(digest));
        return marker ? [{ digest, ...marker }] : [];
      }),
    );
    const all = placed.flat();
    const subjects = all.flatMap(({ users }) => users);
    const references = await this.#references.of([...new Set(subjects)]);
    const removed: BlobMarker[] = [];
    if (!references.complete) {
      later.push(...all.map(({ digest }) => digest));
      return removed;
    }
    for (const { digest, marker, seq, wholes } of all) {
      if (references.digests.has(digest)) continue;
      if (isPinned(marker, references)) later.push(digest);
      else if (await this.#isPart(wholes)) continue;
      else if (await this.#blobs.remove(digest, seq, marker.upload)) removed.push(marker);
    }
    return removed;
  }

  /** True while something is there that is made of it, in use or not. */
  async #isPart(wholes: readonly string[]): Promise<boolean> {
    for (const whole of wholes) if (await this.#blobs.marker(whole)) return true;
    return false;
  }
}

/** Marker with the names of all who may refer to it. */
interface KnownMarker extends Required<BlobUsers> {
  readonly marker: BlobMarker;
  readonly seq: number;
}

/** Undefined where not all are named, or in a way that is not known here. */
function known({ marker, seq }: PlacedMarker): KnownMarker | undefined {
  const { users, wholes } = marker && isOfToday(marker) ? usersOf(marker) : {};
  return marker && users && wholes && { marker, seq, users, wholes };
}

/** False for one that may name parts, or users, in a way that is not known here. */
function isOfToday(marker: BlobMarker): boolean {
  return unknownIn(marker, blobForm) === undefined;
}

/** True where a commit is under way that is about to refer to it. */
function isPinned({ pins }: BlobMarker, { last }: References): boolean {
  return pins.some((pin) => (last.get(pin.subject) ?? 0) === pin.last && Date.now() - pin.at < pinTime);
}

function count(collected: { versions: number; bytes: number }, { kind, size }: BlobMarker): void {
  if (kind !== "version") return;
  collected.versions++;
  collected.bytes += size;
}
