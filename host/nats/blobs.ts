/**
 * Contents by digest in a stream: a marker for each, which says where its chunks are. Whoever is about to refer to one
 * pins it in its marker first, and whoever collects takes a marker away by compare-and-set: so what is collected was
 * pinned by nobody.
 */
import { createHash, randomUUID } from "node:crypto";
import { ofNewerHotcell, unknownIn } from "../skew/known-form.ts";
import { getChunks, putChunks, sweepChunks } from "./chunks.ts";
import type { NatsLink } from "./nats-link.ts";

export interface BlobMarker {
  /** Version of a plugin, or something else that the store keeps here. */
  readonly kind: "version" | "other";
  /** Place of its chunks. */
  readonly upload: string;
  readonly size: number;
  readonly chunks: number;
  /** Notes of its owner, and the digests of what it is made of. */
  readonly about: string;
  readonly parts: readonly string[];
  readonly whole: number;
  /** The newest last. */
  readonly pins: readonly KeptPin[];
}

/** Names of all who may refer to a blob, as far as they are all known and not too many. */
export interface BlobUsers {
  /** Subjects for which it was ever pinned. */
  readonly users?: readonly string[];
  /** Digests of what was stored as made of it. */
  readonly wholes?: readonly string[];
}

/** Marker as it is now; the number is 0 where there never was one. */
export interface PlacedMarker {
  readonly marker: BlobMarker | undefined;
  readonly seq: number;
}

/** Intention to refer to a blob in a message: settled as soon as the subject's last message is another than `last`. */
export interface BlobPin {
  readonly subject: string;
  readonly last: number;
  /** Milliseconds; a pin of a host that died is let go of after `pinTime`. */
  readonly at: number;
}

/** Pin in a marker. The newest has the names: an older Hotcell leaves a marker's as they are, and adds a pin of its own that has none. */
interface KeptPin extends BlobPin, BlobUsers {}

/** Facts that are told about a blob when it is put. */
export interface BlobFacts {
  readonly kind: BlobMarker["kind"];
  readonly about: string;
  readonly parts: readonly string[];
  /** Bytes with its parts. */
  readonly whole: number;
}

/** Milliseconds after which a pin counts no more; whoever takes longer pins again. */
export const pinTime = 600_000;
/** Users, and wholes, that a marker names: it is read and written whole. */
const mostNamed = 16;

/** Form of markers: who does not know one neither reads nor removes what it says that there is. */
export const blobForm = { form: 1 };

/** Head of a tombstone. */
const removed = "removed";

export class Blobs {
  readonly #link: NatsLink;
  readonly #stream: string;
  readonly #prefix: string;

  /** Subjects of the stream that begin with `prefix` are its own. */
  constructor(link: NatsLink, stream: string, prefix: string) {
    this.#link = link;
    this.#stream = stream;
    this.#prefix = prefix;
  }

  /** Undefined where it is not stored (any more). */
  async marker(digest: string): Promise<BlobMarker | undefined> {
    return (await this.placed(digest)).marker;
  }

  /** The same with its number, by which it is removed. */
  async placed(digest: string): Promise<PlacedMarker> {
    const message = await this.#link.last(this.#stream, this.#markerSubject(digest));
    return { marker: message && markerOf(message.data), seq: message?.seq ?? 0 };
  }

  async markers(): Promise<{ readonly digest: string; readonly seq: number; readonly marker: BlobMarker }[]> {
    const messages = await this.#link.scan(this.#stream, `${this.#prefix}.o.*`, { lastOnly: true });
    return messages.flatMap(({ seq, subject, data }) => {
      const marker = markerOf(data);
      return marker ? [{ seq, marker, digest: `sha256:${subject.slice(subject.lastIndexOf(".") + 1)}` }] : [];
    });
  }

  /** Pins what is stored, for what is made of it if that is named; undefined where it is not stored. */
  async pin(digest: string, pin: BlobPin, whole?: string): Promise<BlobMarker | undefined> {
    for (const outrun = this.#link.turns(this.#markerSubject(digest)); ; await outrun()) {
      const { marker, seq } = await this.placed(digest);
      if (!marker) return undefined;
      const pinned = withPin(marker, pin, whole);
      if (await this.#put(digest, pinned, seq)) return pinned;
    }
  }

  /**
   * Stores a content and pins it; one that is stored already is put in its place. Without facts, what is told about it stays:
   * a part, which may be a version by itself too.
   */
  async put(
    digest: string,
    bytes: Uint8Array,
    facts: BlobFacts | undefined,
    pin: BlobPin,
    madeOfIt?: string,
  ): Promise<BlobMarker> {
    const upload = randomUUID();
    const chunks = await putChunks(this.#link, this.#chunkSubject(digest, upload), bytes);
    for (const outrun = this.#link.turns(this.#markerSubject(digest)); ; await outrun()) {
      const { marker: before, seq } = await this.placed(digest);
      const { kind, about, parts, whole } = facts ?? before ?? aboutPart(bytes);
      const told = { kind, about, parts, whole };
      const placed = { ...told, upload, chunks, size: bytes.length, pins: before?.pins ?? [] };
      const marker = withPin(placed, pin, madeOfIt);
      if (!(await this.#put(digest, marker, seq))) continue;
      if (before) await this.#link.purge(this.#stream, `${this.#chunkSubject(digest, before.upload)}.*`);
      return marker;
    }
  }

  /** Pins a part of a version where it is stored whole, or stores it. */
  async putPart(digest: string, bytes: Uint8Array, pin: BlobPin, version: string): Promise<void> {
    const pinned = await this.pin(digest, pin, version);
    if (pinned && (await this.#isWhole(digest, pinned))) return;
    await this.put(digest, bytes, undefined, pin, version);
  }

  /** Its bytes, whatever digest they have; undefined where it is not stored. */
  async bytes(digest: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
    for (let tries = 0; ; tries++) {
      const { marker, seq } = await this.placed(digest);
      if (!marker) return undefined;
      const unknown = unknownIn(marker, blobForm);
      if (unknown !== undefined) throw ofNewerHotcell(`the content ${digest}`, unknown);
      const place = this.#chunkSubject(digest, marker.upload);
      const bytes = await getChunks(this.#link, this.#stream, place, marker.chunks);
      // Somebody put other chunks in their place meanwhile.
      if (bytes || tries > 5 || (await this.placed(digest)).seq === seq) return bytes ?? new Uint8Array();
    }
  }

  /** Removes one whose marker is still the one with this number; false if somebody has pinned it since. */
  async remove(digest: string, seq: number, upload: string): Promise<boolean> {
    const subject = this.#markerSubject(digest);
    const tombstone = await this.#link.publish(subject, { expected: seq, head: removed });
    if (tombstone === undefined) return false;
    await this.#link.purge(this.#stream, `${this.#chunkSubject(digest, upload)}.*`);
    // It stays itself, so that who pins at the same time finds that this was first.
    await this.#link.purge(this.#stream, subject, tombstone);
    return true;
  }

  /**
   * Removes what is older than this, in milliseconds: chunks that no marker names, of hosts that died while they stored them, and the
   * last traces of what was removed.
   */
  async sweep(age: number): Promise<void> {
    const heads = { lastOnly: true, headsOnly: true };
    for (const { subject, seq, time, head } of await this.#link.scan(
      this.#stream,
      this.#markerSubject("*"),
      heads,
    ))
      if (head === removed && Date.now() - time > age) await this.#link.purge(this.#stream, subject, seq + 1);
    const chunks = { stream: this.#stream, below: `${this.#prefix}.b`, age };
    await sweepChunks(this.#link, chunks, async () => {
      const markers = (await this.markers()).map(({ marker }) => marker);
      const known = markers.every((marker) => unknownIn(marker, blobForm) === undefined);
      return known ? new Set(markers.map(({ upload }) => upload)) : undefined;
    });
  }

  async #isWhole(digest: string, marker: BlobMarker): Promise<boolean> {
    const bytes = await this.bytes(digest);
    return (
      bytes !== undefined &&
      bytes.length === marker.size &&
      `sha256:${createHash("sha256").update(bytes).digest("hex")}` === digest
    );
  }

  async #put(digest: string, marker: BlobMarker, expected: number): Promise<boolean> {
    const data = JSON.stringify(marker);
    return (await this.#link.publish(this.#markerSubject(digest), { data, expected })) !== undefined;
  }

  #markerSubject(digest: string): string {
    return `${this.#prefix}.o.${hexOf(digest)}`;
  }

  #chunkSubject(digest: string, upload: string): string {
    return `${this.#prefix}.b.${hexOf(digest)}.${upload}`;
  }
}

/** Names of who may refer to a blob. Of one that was never pinned there are none. */
export function usersOf({ pins }: Pick<BlobMarker, "pins">): BlobUsers {
  return pins.at(-1) ?? { users: [], wholes: [] };
}

function withPin(marker: BlobMarker, pin: BlobPin, whole: string | undefined): BlobMarker {
  const others = marker.pins
    .filter(({ subject, at }) => subject !== pin.subject && pin.at - at < pinTime)
    .map(({ subject, last, at }) => ({ subject, last, at }));
  const named = usersOf(marker);
  const users = withName(named.users, pin.subject);
  const wholes = whole === undefined ? named.wholes : withName(named.wholes, whole);
  return { ...marker, pins: [...others, { ...pin, ...(users && { users }), ...(wholes && { wholes }) }] };
}

/** Names with one more; undefined where they are not all known any more. */
function withName(names: readonly string[] | undefined, name: string): readonly string[] | undefined {
  if (!names || names.includes(name)) return names;
  return names.length < mostNamed ? [...names, name] : undefined;
}

function aboutPart(bytes: Uint8Array): BlobFacts {
  return { kind: "version", about: "null", parts: [], whole: bytes.length };
}

/** Undefined for a tombstone. */
function markerOf(data: Uint8Array): BlobMarker | undefined {
  return data.length === 0 ? undefined : (JSON.parse(Buffer.from(data).toString()) as BlobMarker);
}

function hexOf(digest: string): string {
  return digest.replace(/^sha256:/, "");
}
