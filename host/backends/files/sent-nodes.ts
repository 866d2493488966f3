/** Files that came with a version, as nodes of which none ever changes. */
import { type FileTree, pieceBytes, type TreeFile } from "../../tree/file-tree.ts";
import { fail } from "./file-error.ts";
import {
  chunkBytes,
  type FileNode,
  type FileNodes,
  type Lister,
  listerOf,
  type VolumeRow,
} from "./file-nodes.ts";

/** Piece of a file that has to be loaded before it can be read. */
export class Unloaded extends Error {
  readonly digest: string;

  constructor(digest: string) {
    super(digest);
    this.digest = digest;
  }
}

interface SentNode {
  readonly node: FileNode;
  readonly entries: Map<string, SentNode>;
  readonly file: TreeFile | undefined;
}

/** No time is part of a version: files uploaded again are the same. */
const times = { accessed: 0n, modified: 0n, changed: 0n };

export class SentNodes implements FileNodes {
  readonly #nodes = new Map<number, SentNode>();
  /** None that is secret: nobody else's are among them, and ids are the same wherever the version runs. */
  readonly idKey = new Uint8Array(0);
  readonly #root: SentNode;
  /** Gives a piece that is loaded. */
  readonly #piece: (digest: string) => Uint8Array | undefined;

  constructor({ files }: FileTree, piece: (digest: string) => Uint8Array | undefined) {
    this.#piece = piece;
    this.#root = this.#add(0, undefined);
    for (const file of files) this.#place(file);
  }

  volume(): VolumeRow {
    return { id: 0, root: this.#root.node.id, containers: 0, bytes: 0, files: 0 };
  }

  node(id: number): FileNode | undefined {
    return this.#nodes.get(id)?.node;
  }

  entry(directory: number, name: string): FileNode | undefined {
    return this.#nodes.get(directory)?.entries.get(name)?.node;
  }

  hasEntries(directory: number): boolean {
    return (this.#nodes.get(directory)?.entries.size ?? 0) > 0;
  }

  list(directory: number): Lister {
    return listerOf(this.#nodes.get(directory)?.entries, ({ node }) => node.directory);
  }

  /** Throws `Unloaded`. */
  chunk(id: number, index: number): Uint8Array | undefined {
    const offset = index * chunkBytes;
    const digest = this.#nodes.get(id)?.file?.pieces[Math.floor(offset / pieceBytes)];
    if (digest === undefined) return undefined;
    const bytes = this.#piece(digest);
    if (!bytes) throw new Unloaded(digest);
    const start = offset % pieceBytes;
    return bytes.subarray(start, start + chunkBytes);
  }

  operation<T>(run: () => T): T {
    return run();
  }

  kept(): undefined {}
  forget(): boolean {
    return false;
  }
  sync(): void {}
  close(): void {}

  setVolume(): never {
    return fail("read-only");
  }
  addNode(): never {
    return fail("read-only");
  }
  setNode(): never {
    return fail("read-only");
  }
  removeNode(): never {
    return fail("read-only");
  }
  addEntry(): never {
    return fail("read-only");
  }
  removeEntry(): never {
    return fail("read-only");
  }
  setChunk(): never {
    return fail("read-only");
  }
  cutChunks(): never {
    return fail("read-only");
  }

  #place(file: TreeFile): void {
    const folders = file.path.split("/");
    const name = folders.pop()!;
    let folder = this.#root;
    for (const each of folders) {
      const known = folder.entries.get(each);
      folder = known ?? this.#add(folder.node.id, undefined);
      if (!known) this.#nodes.get(folder.node.parent)!.entries.set(each, folder);
    }
    folder.entries.set(name, this.#add(folder.node.id, file));
  }

  #add(parent: number, file: TreeFile | undefined): SentNode {
    const id = this.#nodes.size + 1;
    const node = { id, directory: file === undefined, parent, size: file?.size ?? 0, ...times };
    const added = { node, entries: new Map<string, SentNode>(), file };
    this.#nodes.set(id, added);
    return added;
  }
}
