/** Version: a component with the files that came with it. */
import type { Component } from "../component/component.ts";
import type { VersionBinary } from "../store/store.ts";
import { piecesOf } from "../tree/file-tree.ts";
import type { PieceReader, SentFiles } from "../tree/sent-files.ts";
import { writePack } from "../tree/version-pack.ts";

/** Component of a version; its digest is the version's, which is over the files too where there are some. */
export interface Version extends Component {
  /** Absent where none came with it. */
  readonly files?: VersionFiles;
}

interface VersionFiles {
  readonly sent: SentFiles;
  /** Digest of the component alone. */
  readonly component: string;
  /** Bytes that have the version's digest. */
  readonly pack: Uint8Array;
}

/** Bytes that a file takes as long as its tree is kept, besides two for each unit of its path. */
const fileWeight = 200;

/** Version of a component and some files, of which there is one at least. `digestOf`: digest of bytes. */
export function withFiles(
  component: Component,
  sent: SentFiles,
  digestOf: (bytes: Uint8Array) => string,
): Version {
  const { tree } = sent;
  const pack = writePack({ component: component.digest, tree });
  const weight = tree.files.reduce((sum, { path }) => sum + 2 * path.length + fileWeight, pack.length);
  return {
    ...component,
    digest: digestOf(pack),
    size: component.size + weight,
    files: { sent, component: component.digest, pack },
  };
}

/** Bytes of a version: of its component, and of each piece of its files. */
export function sizeOfVersion({ bytes, files }: Version): number {
  if (!files) return bytes.length;
  const sizes = new Map(piecesOf(files.sent.tree));
  sizes.set(files.component, bytes.length);
  return [...sizes.values()].reduce((sum, size) => sum + size, 0);
}

/** Bytes of a version that came with a request, as they are stored. */
export function binaryOf({ bytes, files }: Version): Pick<VersionBinary, "bytes" | "parts"> {
  if (!files) return { bytes };
  return { bytes: files.pack, parts: [{ digest: files.component, bytes }, ...files.sent.unstored] };
}

/** Reader of pieces in a store. */
export function piecesIn(store: { binary(digest: string): Promise<Uint8Array | undefined> }): PieceReader {
  return (digest) => store.binary(digest);
}
