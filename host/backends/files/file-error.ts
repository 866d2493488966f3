/** Codes of `wasi:filesystem` that this file system fails with. */
export type FileErrorCode =
  | "bad-descriptor"
  | "busy"
  | "cross-device"
  | "exist"
  | "file-too-large"
  | "illegal-byte-sequence"
  | "insufficient-memory"
  | "insufficient-space"
  | "invalid"
  | "io"
  | "is-directory"
  | "name-too-long"
  | "no-entry"
  | "not-directory"
  | "not-empty"
  | "not-permitted"
  | "overflow"
  | "quota"
  | "read-only"
  | "unsupported";

/** Refusal of one operation, by its code. It is told to the guest, and never a fault. */
export class FileError extends Error {
  readonly code: FileErrorCode;

  constructor(code: FileErrorCode) {
    super(code);
    this.code = code;
  }
}

export function fail(code: FileErrorCode): never {
  // Programs look for files that are not there all the time: nobody reads its stack.
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    throw new FileError(code);
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}
