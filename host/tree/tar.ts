/**
 * Files of a tar (POSIX ustar and pax, and GNU's long names), which is here already. What is no plain file or folder is
 * refused and not left out: a version must not be another one than its owner packed.
 */
import { type TarHeader, unpackTar } from "modern-tar";
import { HotcellError } from "../errors.ts";
import type { TreeLimits } from "./file-tree.ts";
import { badFiles, shownPath } from "./tree-errors.ts";
import { requireTreePath } from "./tree-path.ts";

/** Bytes of a header, and of what contents are filled up to. */
const block = 512;

/** Throws `bad-files`, for what is beyond a host's ceilings too. Folders without files are nothing. */
export async function filesOfTar(
  bytes: Uint8Array,
  { uploadFiles, uploadFileBytes }: TreeLimits,
): Promise<ReadonlyMap<string, Uint8Array>> {
  requireKnownEntries(bytes);
  const seen = new Set<string>();
  let total = 0;
  const filter = (header: TarHeader): boolean => {
    const path = pathOf(header);
    requirePlain(header, path);
    if (header.type === "directory") return false;
    requireTreePath(path);
    if (seen.has(path)) throw twice(path);
    seen.add(path);
    if (seen.size > uploadFiles) throw beyond("files", uploadFiles, "uploadFiles", seen.size);
    total += header.size;
    if (total > uploadFileBytes) throw beyond("bytes in files", uploadFileBytes, "uploadFileBytes", total);
    return true;
  };
  try {
    const entries = await unpackTar(bytes, { strict: true, filter });
    return new Map(entries.map(({ header, data }) => [pathOf(header), data ?? new Uint8Array()]));
  } catch (cause) {
    if (cause instanceof HotcellError) throw cause;
    throw noTar(cause instanceof Error ? cause.message : String(cause));
  }
}

/** Refusal of a path that comes twice. */
export function twice(path: string): HotcellError {
  return badFiles(`${JSON.stringify(shownPath(path))} comes twice.`, path, {
    remedy: "Send each file once.",
  });
}

function beyond(what: string, limit: number, ceiling: keyof TreeLimits, actual: number): HotcellError {
  return badFiles(`The tar has more than ${limit} ${what}.`, undefined, {
    limit,
    actual,
    remedy: `Pack less; the host's owner sets how much, by the ceiling of limits.${ceiling} (HOTCELL_CEILINGS).`,
  });
}

/** Path as tar has it of what is packed from the folder itself: `./a.txt`. */
function pathOf({ name }: TarHeader): string {
  return name.replace(/^(?:\.\/+)+/, "");
}

function requirePlain({ type = "file", pax = {} }: TarHeader, path: string): void {
  const shown = JSON.stringify(shownPath(path));
  if (type !== "file" && type !== "directory")
    throw badFiles(`${shown} is a ${type}, and not a file.`, path, {
      actual: type,
      expected: "files and folders",
      remedy:
        "Pack what it leads to in its place: tar --dereference --hard-dereference -cf site.tar -C DIR .",
    });
  const sparse = Object.keys(pax).some((key) => key.startsWith("GNU.sparse"));
  if (sparse) throw sparseFile(shown, path);
  if (pax.size !== undefined)
    throw badFiles(`The size of ${shown} is said twice, in its header and before it.`, path, {
      remedy: "Pack it with: tar -cf site.tar -C DIR .",
    });
}

function sparseFile(shown: string, path: string | undefined): HotcellError {
  return badFiles(`${shown} is packed as a sparse file.`, path, {
    remedy: "Pack it without --sparse: tar -cf site.tar -C DIR .",
  });
}

function noTar(why: string): HotcellError {
  return badFiles(`The files are no tar that can be read: ${why.replace(/\.$/, "")}.`, undefined, {
    remedy: "Pack them with: tar -cf site.tar -C DIR .",
  });
}

/** Flags of entries: files, links, devices, folders, pipes, and what names the entry after it. */
const known = new Set(["\0", ..."0123456", "x", "g", "L", "K"].map((flag) => flag.charCodeAt(0)));
const bodyless = new Set([..."123456"].map((flag) => flag.charCodeAt(0)));

/**
 * Throws `bad-files` for an entry of a kind that the unpacker takes for a file without knowing it: parts of sparse files,
 * of several volumes, of folders with lists in them.
 */
function requireKnownEntries(bytes: Uint8Array): void {
  for (let at = 0; at + block <= bytes.length; ) {
    const header = bytes.subarray(at, at + block);
    if (header.every((byte) => byte === 0)) return;
    const flag = header[156]!;
    if (!known.has(flag)) {
      const name = Buffer.from(header.subarray(0, 100)).toString().replace(/\0.*$/s, "");
      if (flag === "S".charCodeAt(0)) throw sparseFile(JSON.stringify(name), name);
      throw badFiles(`${JSON.stringify(name)} is an entry of an unknown kind.`, name, {
        actual: String.fromCharCode(flag),
        expected: "files and folders",
        remedy: "Pack them with: tar -cf site.tar -C DIR .",
      });
    }
    const size = bodyless.has(flag) ? 0 : sizeIn(header);
    at += block + Math.ceil(size / block) * block;
  }
}

/** Size in octal digits: files that need more than these are larger than any upload. */
function sizeIn(header: Uint8Array): number {
  const [, digits] =
    /^ *([0-7]*)[ \0]*$/.exec(Buffer.from(header.subarray(124, 136)).toString("latin1")) ?? [];
  if (digits !== undefined) return Number.parseInt(digits || "0", 8);
  throw noTar("a size in it is no number");
}
