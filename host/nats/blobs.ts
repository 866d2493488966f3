/**
 * Contents by digest in a stream: a marker for each, which says where its chunks are. Whoever is about to refer to one
 * pins it in its marker first, and whoever collects takes a marker away by compare-and-set: so what is collected was
 * pinned by nobody.
 */
import { createHash, randomUUID } from "node:crypto";
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
  readonly pins: readonly BlobPin[];
}

/** Intention to refer to a blob in a message: settled as soon as the subject's last message is another than `last`. */
export interface BlobPin {
  readonly subject: string;
  readonly last: number;
  /** Milliseconds; a pin of a host that died is let go of after `pinTime`. */
  readonly at: number;
}

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
    return (await this.#marker(digest)).marker;
  }

  async markers(): Promise<{ readonly digest: string; readonly seq: number; readonly marker: BlobMarker }[]> {
    const messages = await this.#link.scan(this.#stream, `${this.#prefix}.o.*`, { lastOnly: true });
    return messages.flatMap(({ seq, subject, data }) => {
      const marker = markerOf(data);
      return marker ? [{ seq, marker, digest: `sha256:${subject.slice(subject.lastIndexOf(".") + 1)}` }] : [];
    });
  }

  /** Pins what is stored; undefined where it is not. */
  async pin(digest: string, pin: BlobPin): Promise<BlobMarker | undefined> {
    for (const outrun = this.#link.turns(this.#markerSubject(digest)); ; await outrun()) {
      const { marker, seq } = await this.#marker(digest);
      if (!marker) return undefined;
      const pinned = withPin(marker, pin);
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
  ): Promise<BlobMarker> {
    const upload = randomUUID();
    const chunks = await putChunks(this.#link, this.#chunkSubject(digest, upload), bytes);
    for (const outrun = this.#link.turns(this.#markerSubject(digest)); ; await outrun()) {
      const { marker: before, seq } = await this.#marker(digest);
      const { kind, about, parts, whole } = facts ?? before ?? aboutPart(bytes);
      const told = { kind, about, parts, whole };
      const placed = { ...told, upload, chunks, size: bytes.length, pins: before?.pins ?? [] };
      const marker = withPin(placed, pin);
      if (!(await this.#put(digest, marker, seq))) continue;
      if (before) await this.#link.purge(this.#stream, `${this.#chunkSubject(digest, before.upload)}.*`);
      return marker;
    }
  }

  /** Pins what is stored whole, or stores it. */
  async putPart(digest: string, bytes: Uint8Array, pin: BlobPin): Promise<void> {
    const pinned = await this.pin(digest, pin);
    if (pinned && (await this.#isWhole(digest, pinned))) return;
    await this.put(digest, bytes, undefined, pin);
  }

  /** Its bytes, whatever digest they have; undefined where it is not stored. */
  async bytes(digest: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
    for (let tries = 0; ; tries++) {
      const { marker, seq } = await this.#marker(digest);
      if (!marker) return undefined;
      const place = this.#chunkSubject(digest, marker.upload);
      const bytes = await getChunks(this.#link, this.#stream, place, marker.chunks);
      // Somebody put other chunks in their place meanwhile.
      if (bytes || tries > 5 || (await this.#marker(digest)).seq === seq) return bytes ?? new Uint8Array();
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
    await sweepChunks(
      this.#link,
      chunks,
      async () => new Set((await this.markers()).map(({ marker }) => marker.upload)),
    );
  }

  async #isWhole(digest: string, marker: BlobMarker): Promise<boolean> {
    const bytes = await this.bytes(digest);
    return (
      bytes !== undefined &&
      bytes.length === marker.size &&
      `sha256:${createHash("sha256").update(bytes).digest("hex")}` === digest
    );
  }

  async #marker(digest: string): Promise<{ readonly marker: BlobMarker | undefined; readonly seq: number }> {
    const message = await this.#link.last(this.#stream, this.#markerSubject(digest));
    return { marker: message && markerOf(message.data), seq: message?.seq ?? 0 };
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

function withPin(marker: BlobMarker, pin: BlobPin): BlobMarker {
  const others = marker.pins.filter(({ subject, at }) => subject !== pin.subject && pin.at - at < pinTime);
  return { ...marker, pins: [...others, pin] };
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
