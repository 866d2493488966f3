/** Threads of Node's own, for files, ciphers and lookups of names. */
const threads = "16";

/**
 * Gives this process more of them than the 4 that Node has, unless its owner has said how many: half of them look up names, and each
 * name that nobody answers holds one. It is for programs of our own, before anything has used the first of them.
 */
export function raisePoolThreads(): void {
  process.env.UV_THREADPOOL_SIZE ??= threads;
}
