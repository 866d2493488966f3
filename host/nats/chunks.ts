/** Contents in chunks: messages of subjects that end in `.0`, `.1`, …, for one reader that knows how many there are. */
import type { NatsLink } from "./nats-link.ts";

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
  const messages = await link.scan(stream, `${subject}.*`, { batch: chunkWindow });
  if (messages.length !== chunks) return undefined;
  const ordered = messages.sort((a, b) => indexOf(a.subject) - indexOf(b.subject));
  return new Uint8Array(Buffer.concat(ordered.map(({ data }) => data)));
}

function indexOf(subject: string): number {
  return Number(subject.slice(subject.lastIndexOf(".") + 1));
}
