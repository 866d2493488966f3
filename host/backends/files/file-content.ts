/** Content of files: bytes at places, over chunks. Who calls it has looked at sizes and quotas. */
import { chunkBytes, type FileNodes } from "./file-nodes.ts";

/** Bytes of a file, of which all are within its size; those that nobody wrote are zeros. */
export function readContent(nodes: FileNodes, node: number, offset: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; ) {
    const { index, start, count } = place(offset + at, length - at);
    const chunk = nodes.chunk(node, index);
    if (chunk && chunk.length > start) bytes.set(chunk.subarray(start, start + count), at);
    at += count;
  }
  return bytes;
}

export function writeContent(nodes: FileNodes, node: number, offset: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) {
    const { index, start, count } = place(offset + at, bytes.length - at);
    const part = bytes.subarray(at, at + count);
    const before = start > 0 || count < chunkBytes ? nodes.chunk(node, index) : undefined;
    nodes.setChunk(node, index, before || start > 0 ? over(before, start, part) : part);
    at += count;
  }
}

/** Removes what is beyond a size, so that it is zeros if the file grows again. */
export function cutContent(nodes: FileNodes, node: number, size: number): void {
  const { index, start } = place(size, 1);
  nodes.cutChunks(node, start === 0 ? index : index + 1);
  const last = start === 0 ? undefined : nodes.chunk(node, index);
  if (last && last.length > start) nodes.setChunk(node, index, last.slice(0, start));
}

/** Place of some bytes in their first chunk, and how many of them are there. */
function place(offset: number, length: number) {
  const index = Math.floor(offset / chunkBytes);
  const start = offset - index * chunkBytes;
  return { index, start, count: Math.min(length, chunkBytes - start) };
}

function over(before: Uint8Array | undefined, start: number, part: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(Math.max(before?.length ?? 0, start + part.length));
  if (before) bytes.set(before);
  bytes.set(part, start);
  return bytes;
}
