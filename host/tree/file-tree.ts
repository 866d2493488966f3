/** Files of a version: a path, a digest and a size each. */
import { createHash, type Hash } from "node:crypto";
import { type HotcellError, orRaise } from "../errors.ts";
import { LongWork } from "../platform/breath.ts";
import { badFiles } from "./tree-errors.ts";
import { requireTreePath } from "./tree-path.ts";

/** File that came with a version. */
export interface VersionFile {
  /** Relative, with `/` between folders. */
  readonly path: string;
  /** `sha256:` and 64 hexadecimal digits. */
  readonly digest: string;
  /** Bytes. */
  readonly size: number;
}

export interface TreeFile extends VersionFile {
  /** Digests of its pieces, of which each has `pieceBytes` but the last; none of an empty file. */
  readonly pieces: readonly string[];
}

/** Bytes of a piece: files are kept by these, so that reading in a large one costs no more than in a small one. */
export const pieceBytes = 128 * 1024;

export interface FileTree {
  /** In the order of their paths' bytes. Folders are those on the way to a file. */
  readonly files: readonly TreeFile[];
  /** Bytes of all files together. */
  readonly bytes: number;
}

/** Limits of a plugin's that bound the files of its versions. */
export interface TreeLimits {
  /** Number of files. */
  readonly uploadFiles: number;
  /** Bytes of them together. */
  readonly uploadFileBytes: number;
}

/** Tree with the bytes of all pieces, by their digests. */
export interface FilledTree {
  readonly tree: FileTree;
  readonly pieces: ReadonlyMap<string, Uint8Array>;
}

/** Sizes of the pieces of a tree, by their digests. */
export function piecesOf({ files }: FileTree): ReadonlyMap<string, number> {
  const sizes = files.flatMap(({ size, pieces }) =>
    pieces.map((digest, i) => [digest, Math.min(pieceBytes, size - i * pieceBytes)] as const),
  );
  return new Map(sizes);
}

/** Tree of files that somebody sends, by their paths. Throws `bad-files`. */
export async function treeOf(sent: ReadonlyMap<string, Uint8Array>, limits: TreeLimits): Promise<FilledTree> {
  const sizes = [...sent].map(([path, { length }]) => ({ path, size: length }));
  const work = new LongWork();
  for (const { path } of sizes) {
    requireTreePath(path);
    await work.pause();
  }
  const bytes = sizes.reduce((sum, { size }) => sum + size, 0);
  requireTreeWithin({ files: sizes, bytes }, limits);
  requireApart([...sent.keys()]);
  const pieces = new Map<string, Uint8Array>();
  const files: TreeFile[] = [];
  for (const [path, content] of sent) {
    const whole = createHash("sha256");
    const own: string[] = [];
    for (let at = 0; at < content.length; at += pieceBytes) {
      const piece = content.subarray(at, at + pieceBytes);
      whole.update(piece);
      const digest = digestOf(createHash("sha256").update(piece));
      own.push(digest);
      pieces.set(digest, piece);
      await work.pause();
    }
    files.push({ path, digest: digestOf(whole), size: content.length, pieces: own });
  }
  return { tree: { files: files.sort(byPath), bytes }, pieces };
}

/** Throws `bad-files` for more or larger files than a plugin's limits allow. */
export function requireTreeWithin(
  { files, bytes }: { readonly files: readonly unknown[]; readonly bytes: number },
  { uploadFiles, uploadFileBytes }: TreeLimits,
): void {
  if (files.length > uploadFiles) throw tooManyFiles(uploadFiles, files.length);
  if (bytes > uploadFileBytes) throw tooLargeFiles(uploadFileBytes, bytes);
}

function tooManyFiles(limit: number, actual: number): HotcellError {
  return badFiles(`The version has more than ${limit} files.`, undefined, {
    setting: "limits.uploadFiles",
    limit,
    actual,
    ...orRaise("Send fewer files", ["uploadFiles"]),
  });
}

function tooLargeFiles(limit: number, actual: number): HotcellError {
  return badFiles(`The files of the version have more than ${limit} bytes.`, undefined, {
    setting: "limits.uploadFileBytes",
    limit,
    actual,
    ...orRaise("Send less in files", ["uploadFileBytes"]),
  });
}

/** Throws `bad-files` where a file stands at the place of a folder that another lies in. */
function requireApart(paths: readonly string[]): void {
  const all = new Set(paths);
  for (const path of paths)
    for (let end = path.indexOf("/"); end >= 0; end = path.indexOf("/", end + 1)) {
      const folder = path.slice(0, end);
      if (!all.has(folder)) continue;
      throw badFiles(`${JSON.stringify(folder)} is a file, and a folder of another one.`, path, {
        remedy: "Send either the file or what lies in the folder of that name.",
      });
    }
}

function digestOf(hash: Hash): string {
  return `sha256:${hash.digest("hex")}`;
}

function byPath(one: TreeFile, other: TreeFile): number {
  return Buffer.compare(Buffer.from(one.path), Buffer.from(other.path));
}
