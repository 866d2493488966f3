/** Bytes from which on it is worth while to free them: below, freeing costs more than the garbage collector does. */
const worthFreeing = 1024;

/**
 * End of bytes that nobody has any more: their memory is free at once, and not when garbage is collected, which bytes beside the heap
 * bring about by themselves. Parts of larger buffers are left alone: what is beside them may be somebody's.
 */
export function free({ buffer, byteLength }: Uint8Array): void {
  if (byteLength < worthFreeing || byteLength !== buffer.byteLength) return;
  if (buffer instanceof ArrayBuffer) buffer.transfer(0);
}

/** Bytes of pieces, put together where there are several; the pieces are spent then. */
export function joined<T extends Uint8Array>(pieces: readonly T[]): T | Buffer<ArrayBuffer> {
  if (pieces.length === 1) return pieces[0]!;
  const all = Buffer.concat(pieces);
  for (const piece of pieces) free(piece);
  return all;
}
