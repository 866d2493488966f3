import { HotcellError } from "../errors.ts";
import type { FileTree, FilledTree } from "./file-tree.ts";

/** Reader of pieces by their digests; undefined for one that is not there. */
export type PieceReader = (digest: string) => Promise<Uint8Array | undefined>;

/** Files that came with a version, wherever their bytes are: with the request, and in the store from when that has them. */
export class SentFiles {
  readonly tree: FileTree;
  #read: PieceReader;
  /** Pieces that the store may not have yet. */
  #unstored: ReadonlyMap<string, Uint8Array> | undefined;

  constructor(tree: FileTree, read: PieceReader, unstored?: ReadonlyMap<string, Uint8Array>) {
    this.tree = tree;
    this.#read = read;
    this.#unstored = unstored;
  }

  /** Files of a request; `read` gives their pieces once they are stored. */
  static of({ tree, pieces }: FilledTree, read: PieceReader): SentFiles {
    return new SentFiles(tree, read, pieces);
  }

  /** Pieces to store; none where they are stored already. */
  get unstored(): readonly { readonly digest: string; readonly bytes: Uint8Array }[] {
    return [...(this.#unstored ?? [])].map(([digest, bytes]) => ({ digest, bytes }));
  }

  /** The store has them all: those of the request are let go. */
  stored(): void {
    this.#unstored = undefined;
  }

  /** Bytes of a piece of the tree. Throws `store-corrupt`, and what the reader throws. */
  async piece(digest: string): Promise<Uint8Array> {
    const bytes = this.#unstored?.get(digest) ?? (await this.#read(digest));
    if (bytes) return bytes;
    throw new HotcellError("store-corrupt", `A piece of a file, ${digest}, is not in the store.`, {
      subject: digest,
      remedy: "Upload the version again, with its files, or put a backup in place of the store.",
    });
  }
}
