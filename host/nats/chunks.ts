/** Contents in chunks: messages of subjects that end in `.0`, `.1`, …, for one reader that knows how many there are. */
import type { NatsLink } from "./nats-link.ts";
import type { NatsMessage } from "./nats-message.ts";

/** Chunks that are on their way at a time. */
const chunkWindow = 8;

/** Number of chunks. */
export async function putChunks(link: NatsLink, subject: string, bytes: Uint8Array): Promise<number> {
  const size = link.messageBytes;
  const chunks = Math.ceil(bytes.length / size);
  for (let first = 0; first < chunks; first += chunkWindow) {
    const indices = Array.from({ length: Math.min(chunkWindow, chunks - first) }, (_, i) => first + i);
    await Promise.all(
      indices.map((index) =>
        link.publish(`${subject}.${index}`, { data: bytes.subarray(index * size, (index + 1) * size) }),
      ),
    );
  }
  return chunks;
}

/** Undefined where some of them are not there (any more). */
export async function getChunks(
  link: NatsLink,
  stream: string,
  subject: string,
  chunks: number,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const messages =
    chunks <= chunkWindow
      ? await askedFor(link, stream, subject, chunks)
      : await link.scan(stream, `${subject}.*`, { batch: chunkWindow });
  if (messages.length !== chunks) return undefined;
  const ordered = messages.sort((a, b) => indexOf(a.subject) - indexOf(b.subject));
  return new Uint8Array(Buffer.concat(ordered.map(({ data }) => data)));
}

/** Messages of a few chunks, as far as they are there, without a consumer: that costs several questions, and nobody gives one while the servers elect. */
async function askedFor(
  link: NatsLink,
  stream: string,
  subject: string,
  chunks: number,
): Promise<NatsMessage[]> {
  const asked = Array.from({ length: chunks }, (_, index) => link.last(stream, `${subject}.${index}`));
  return (await Promise.all(asked)).filter((message) => message !== undefined);
}

/**
 * Removes the contents below a subject that are older than `age`, in milliseconds, and that nobody names by the last part of their own subject:
 * those of hosts that died between storing and naming them. None where it is not known who names what.
 */
export async function sweepChunks(
  link: NatsLink,
  { stream, below, age }: { readonly stream: string; readonly below: string; readonly age: number },
  named: () => Promise<ReadonlySet<string> | undefined>,
): Promise<void> {
  const chunks = await link.scan(stream, `${below}.>`, { headsOnly: true });
  const old = chunks.filter(({ time }) => Date.now() - time > age);
  const places = new Set(old.map(({ subject }) => subject.slice(0, subject.lastIndexOf("."))));
  if (places.size === 0) return;
  // Read after the chunks: what was named meanwhile is among them.
  const kept = await named();
  if (!kept) return;
  for (const place of places)
    if (!kept.has(place.slice(place.lastIndexOf(".") + 1))) await link.purge(stream, `${place}.*`);
}

function indexOf(subject: string): number {
  return Number(subject.slice(subject.lastIndexOf(".") + 1));
}
