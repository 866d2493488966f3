/** Containers of objects beside a plugin's tree: one level of directories, whose files are replaced as a whole. */
import { fileBounds } from "../../bounds/file-bounds.ts";
import { fail } from "./file-error.ts";
import type { FileNode, FileNodes } from "./file-nodes.ts";
import type { FilePlace, Volume } from "./volume.ts";

/** Objects that are removed at a time; who clears a container asks again. */
const removedAtOnce = 500;

export class ObjectStore {
  readonly #nodes: FileNodes;
  readonly #volume: Volume;

  constructor(nodes: FileNodes, volume: Volume) {
    this.#nodes = nodes;
    this.#volume = volume;
  }

  /** Throws `no-entry`. */
  container(name: string): FileNode {
    return this.#nodes.entry(this.#volume.row.containers, checked(name)) ?? fail("no-entry");
  }

  /** Throws `exist`. */
  create(name: string, now: bigint): null {
    const { containers } = this.#volume.row;
    if (this.#nodes.entry(containers, checked(name))) fail("exist");
    this.#volume.make(this.#volume.node(containers), name, true, now);
    return null;
  }

  /** Removes a container that has no objects. Throws `not-empty`. */
  remove(name: string, now: bigint): null {
    const container = this.container(name);
    this.#volume.remove(this.#volume.node(this.#volume.row.containers), name, container, now);
    return null;
  }

  /** Throws `no-entry`. */
  object(container: string, name: string): FileNode {
    return this.#place(container, name).node ?? fail("no-entry");
  }

  /** Tells whether there was one. */
  delete(container: string, name: string, now: bigint): boolean {
    const { entry, node } = this.#place(container, name);
    if (node) this.#volume.remove(entry!.directory, name, node, now);
    return node !== undefined;
  }

  /** Puts a file that is open, and nowhere yet, in the place of an object. */
  put(node: FileNode, container: string, name: string, now: bigint): void {
    if (node.parent !== 0) fail("exist");
    this.#volume.adopt(node, this.#place(container, name), now);
  }

  move(from: readonly [string, string], to: readonly [string, string], now: bigint): null {
    const source = this.#place(...from);
    const target = this.#place(...to);
    if (!source.node) fail("no-entry");
    if (source.node.id !== target.node?.id) this.#volume.move(source.entry!, source.node, target, now);
    return null;
  }

  /** Removes some objects. True where that were all. */
  clear(container: string, now: bigint): boolean {
    const directory = this.container(container);
    const some = this.#nodes.list(directory.id).next(removedAtOnce);
    for (const [name] of some) this.delete(container, name, now);
    return some.length < removedAtOnce;
  }

  #place(container: string, name: string): FilePlace {
    const directory = this.container(container);
    const node = this.#nodes.entry(directory.id, checked(name));
    return { entry: { directory, name }, node };
  }
}

function checked(name: string): string {
  if (name === "" || name.includes("\0")) fail("invalid");
  if (!name.isWellFormed()) fail("illegal-byte-sequence");
  if (Buffer.byteLength(name) > fileBounds.objectName.value) fail("name-too-long");
  return name;
}
