/**
 * Pack of a version that has files: bytes that name its component and all files by their digests. The version's digest is
 * theirs, so that it is over all of them; a version without files is its component, and has that one's.
 */
import * as v from "valibot";
import { HotcellError } from "../errors.ts";
import { type FileTree, pieceBytes } from "./file-tree.ts";

export interface VersionPack {
  /** Digest of the component. */
  readonly component: string;
  readonly tree: FileTree;
}

const digest = v.pipe(v.string(), v.regex(/^sha256:[0-9a-f]{64}$/));
const size = v.pipe(v.number(), v.integer(), v.minValue(0));

const packSchema = v.object({
  hotcell: v.literal("version"),
  component: digest,
  // A file of one piece has that one's digest.
  files: v.array(
    v.union([
      v.strictTuple([v.string(), digest, size]),
      v.strictTuple([v.string(), digest, size, v.array(digest)]),
    ]),
  ),
});

/** The same bytes for the same component and files. */
export function writePack({ component, tree }: VersionPack): Uint8Array {
  const files = tree.files.map(({ path, digest, size, pieces }) =>
    size <= pieceBytes ? [path, digest, size] : [path, digest, size, pieces],
  );
  return Buffer.from(JSON.stringify({ hotcell: "version", component, files }));
}

/** Pack that some bytes are; undefined for a component. Throws `store-corrupt` for what is neither. */
export function readPack(bytes: Uint8Array): VersionPack | undefined {
  // A component begins with a zero byte.
  if (bytes[0] !== "{".charCodeAt(0)) return undefined;
  const parsed = v.safeParse(packSchema, parsedJson(bytes));
  if (!parsed.success)
    throw new HotcellError("store-corrupt", "What is stored of the version names no component and files.", {
      remedy: "Upload it again, with its files.",
    });
  const { component, files: listed } = parsed.output;
  const files = listed.map(([path, digest, size, pieces = size === 0 ? [] : [digest]]) => ({
    ...{ path, digest, size },
    pieces,
  }));
  return { component, tree: { files, bytes: files.reduce((sum, file) => sum + file.size, 0) } };
}

function parsedJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString());
  } catch {
    return undefined;
  }
}
