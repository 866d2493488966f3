/** Errors of SQLite and around its files, which name the file and the remedy. */
import { type ErrorCode, type ErrorFacts, HotcellError } from "../errors.ts";

/** An error as it crosses from the worker. */
export interface ErrorMessage {
  readonly code: ErrorCode;
  readonly detail: string;
  readonly facts: Omit<ErrorFacts, "cause">;
  /** The stack of what caused it, for the host's log. */
  readonly cause: string | undefined;
}

const anotherPlace =
  "or choose another place for it (for the store: HOTCELL_DATA, --data, or data of createHost)";

/** Primary result codes, https://sqlite.org/rescode.html, and what node:fs throws on the way. */
const causes: readonly {
  readonly errcodes: readonly number[];
  readonly codes: readonly string[];
  readonly as: ErrorCode;
  readonly what: string;
  readonly remedy: string;
}[] = [
  {
    // 4874: IOERR_SHMSIZE, the index of the log can't grow.
    errcodes: [13, 4874],
    codes: ["ENOSPC", "EDQUOT", "EFBIG"],
    as: "store-full",
    what: "has no room left",
    remedy:
      "Remove plugins (DELETE works on a full disk too), make room on its disk, or raise its limit; then repeat the request. What was stored before is safe.",
  },
  {
    // 522: IOERR_SHORT_READ, what a truncated file gives. 1: a table is missing, or has other columns than it was made with.
    errcodes: [1, 11, 26, 522],
    codes: [],
    as: "store-corrupt",
    what: "is damaged",
    remedy: "Stop the host, move the file away, and put a backup in its place.",
  },
  {
    errcodes: [5, 6],
    codes: [],
    as: "store-unavailable",
    what: "is locked by another process",
    remedy: "End that process, or repeat the request once it is done.",
  },
  {
    errcodes: [3, 8, 14, 23],
    codes: ["EACCES", "EPERM", "EROFS", "ENOTDIR", "EEXIST", "EISDIR", "ENOENT", "ELOOP", "ENAMETOOLONG"],
    as: "store-unavailable",
    what: "can't be opened for writing",
    remedy: `Make it and its folder readable and writable for this user, ${anotherPlace}.`,
  },
  {
    errcodes: [10],
    codes: ["EIO", "EMFILE", "ENFILE"],
    as: "store-unavailable",
    what: "can't be read or written",
    remedy: `Look after its disk, ${anotherPlace}.`,
  },
];

/** The error where there is no room for so many bytes, before any of them is written. */
export function noRoom(file: string, bytes: number): HotcellError {
  const { as, what, remedy } = causes.find((cause) => cause.as === "store-full")!;
  return new HotcellError(as, `The store ${file} ${what} on its disk for ${bytes} bytes.`, {
    subject: file,
    actual: bytes,
    remedy,
  });
}

/** True for what SQLite throws where another connection has the lock that it needs. */
export function isBusy(thrown: unknown): boolean {
  const { errcode = 0 } = thrown as { errcode?: number };
  return (errcode & 0xff) === 5;
}

/** True for an error that says that there is no room. */
export function isFull(thrown: unknown): boolean {
  const error = asStoreError(thrown, "", "store");
  return error instanceof HotcellError && error.code === "store-full";
}

/** The error that was thrown, catalogued as far as it concerns the file; anything else is given back as it is. */
function asStoreError(thrown: unknown, file: string, thing: "store" | "backup"): unknown {
  if (thrown instanceof HotcellError || !(thrown instanceof Error)) return thrown;
  const { errcode, code } = thrown as Error & { errcode?: number; code?: string };
  const known =
    errcode === undefined
      ? causes.find(({ codes }) => code !== undefined && codes.includes(code))
      : (causes.find(({ errcodes }) => errcodes.includes(errcode)) ??
        causes.find(({ errcodes }) => errcodes.includes(errcode & 0xff)));
  if (!known) return thrown;
  return new HotcellError(known.as, `The ${thing} ${file} ${known.what}: ${thrown.message}.`, {
    subject: file,
    remedy: known.remedy,
    cause: thrown,
  });
}

export function toErrorMessage(
  thrown: unknown,
  file: string,
  thing: "store" | "backup" = "store",
): ErrorMessage {
  const error = asStoreError(thrown, file, thing);
  if (error instanceof HotcellError) {
    const { cause, ...facts } = error.facts;
    return { code: error.code, detail: error.message, facts, cause: stackOf(cause) };
  }
  return {
    code: "fault",
    detail: `The ${thing} ${file} failed.`,
    facts: { subject: file },
    cause: stackOf(error),
  };
}

export function fromErrorMessage({ code, detail, facts, cause }: ErrorMessage): HotcellError {
  return new HotcellError(code, detail, { ...facts, ...(cause !== undefined && { cause }) });
}

function stackOf(cause: unknown): string | undefined {
  if (cause === undefined) return undefined;
  return cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
}
