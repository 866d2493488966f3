/**
 * Pack of a version that has files: bytes that name its component and all files by their digests. The version's digest is
 * theirs, so that it is over all of them; a version without files is its component, and has that one's.
 */
import * as v from "valibot";
import { HotcellError } from "../errors.ts";
import { ofNewerHotcell, parsedForm, unknownIn } from "../skew/known-form.ts";
import { isObject } from "../text/json-value.ts";
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

/** Form of packs: what is not known of one may be what its component needs. */
const packForm = { form: 1, members: ["hotcell", "component", "files"] };
/** Facts that a file has at most. */
const knownFacts = 4;

/** The same bytes for the same component and files. */
export function writePack({ component, tree }: VersionPack): Uint8Array {
  const files = tree.files.map(({ path, digest, size, pieces }) =>
    size <= pieceBytes ? [path, digest, size] : [path, digest, size, pieces],
  );
  return Buffer.from(JSON.stringify({ hotcell: "version", component, files }));
}

/**
 * Pack that some bytes are; undefined for a component. Throws `store-too-new` for one of a newer Hotcell that is not known, and `store-corrupt`
 * for what is neither.
 */
export function readPack(bytes: Uint8Array): VersionPack | undefined {
  // A component begins with a zero byte.
  if (bytes[0] !== "{".charCodeAt(0)) return undefined;
  const pack = parsedForm(bytes);
  const unknown = unknownInPack(pack);
  if (unknown !== undefined) throw ofNewerHotcell("the version", unknown);
  const parsed = v.safeParse(packSchema, pack);
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

/** Clause on what of a pack is not known; undefined for one that is, and for what is none. */
function unknownInPack(pack: unknown): string | undefined {
  if (!isObject(pack) || typeof pack.hotcell !== "string") return undefined;
  const { files } = pack;
  const more = Array.isArray(files) && files.some((file) => Array.isArray(file) && file.length > knownFacts);
  return (
    unknownIn(pack, packForm) ?? (more ? "a file of it has facts that this Hotcell does not know" : undefined)
  );
}
