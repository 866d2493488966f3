/** Files of one plugin: its tree and its quota. */
import { fileBounds } from "../../bounds/file-bounds.ts";
import { cutContent, readContent, writeContent } from "./file-content.ts";
import { fail } from "./file-error.ts";
import type { FileNode, FileNodes, VolumeRow } from "./file-nodes.ts";
import type { FilePath } from "./file-path.ts";

/** Bytes of all files together, and number of files and directories. */
export interface FileQuota {
  readonly bytes: number;
  readonly files: number;
}

/** Place that a path leads to. */
export interface FilePlace {
  /** Directory and name of an entry, which may not be there; absent where the path ends in `.` or `..`. */
  readonly entry: { readonly directory: FileNode; readonly name: string } | undefined;
  readonly node: FileNode | undefined;
}

/** Nodes that are open somewhere: a file that was removed is kept while it is. */
export class OpenNodes {
  readonly #counts = new Map<number, number>();

  add(node: number): void {
    this.#counts.set(node, (this.#counts.get(node) ?? 0) + 1);
  }

  /** True where it was the last. */
  remove(node: number): boolean {
    const left = (this.#counts.get(node) ?? 1) - 1;
    if (left > 0) this.#counts.set(node, left);
    else this.#counts.delete(node);
    return left === 0;
  }

  has(node: number): boolean {
    return this.#counts.has(node);
  }
}

export class Volume {
  readonly #plugin: string;
  readonly #nodes: FileNodes;
  readonly #open: OpenNodes;
  readonly #quota: FileQuota;

  constructor(plugin: string, nodes: FileNodes, open: OpenNodes, quota: FileQuota) {
    this.#plugin = plugin;
    this.#nodes = nodes;
    this.#open = open;
    this.#quota = quota;
  }

  get row(): VolumeRow {
    return this.#nodes.volume(this.#plugin);
  }

  /** Throws `no-entry` for one that is gone: its plugin's data were deleted. */
  node(id: number): FileNode {
    return this.#nodes.node(id) ?? fail("no-entry");
  }

  directory(id: number): FileNode {
    const node = this.node(id);
    return node.directory ? node : fail("not-directory");
  }

  find(base: number, path: FilePath): FilePlace {
    const way = [this.directory(base)];
    const { components } = path;
    for (const [i, name] of components.entries()) {
      const directory = way.at(-1)!;
      if (name === "..") {
        way.pop();
        if (way.length === 0) fail("not-permitted");
        continue;
      }
      const node = this.#nodes.entry(directory.id, name);
      if (i === components.length - 1) {
        if (path.directory && node?.directory === false) fail("not-directory");
        if (path.dot && !node) fail("no-entry");
        return { entry: path.dot ? undefined : { directory, name }, node };
      }
      way.push(node ? (node.directory ? node : fail("not-directory")) : fail("no-entry"));
    }
    return { entry: undefined, node: way.at(-1) };
  }

  /** Makes a file or directory where there is none. */
  make(directory: FileNode, name: string, isDirectory: boolean, now: bigint): FileNode {
    this.#requireShallow(directory);
    this.#charge(0, 1);
    const made = { directory: isDirectory, parent: directory.id, size: 0 };
    const times = { accessed: now, modified: now, changed: now };
    const id = this.#nodes.addNode(this.row.id, { ...made, ...times });
    this.#nodes.addEntry(directory.id, name, id);
    this.#touch(directory, now);
    return { id, ...made, ...times };
  }

  /** Removes an entry; its node goes with it unless it is open. */
  remove(directory: FileNode, name: string, node: FileNode, now: bigint): void {
    if (node.directory && this.#nodes.hasEntries(node.id)) fail("not-empty");
    this.#nodes.removeEntry(directory.id, name);
    this.#touch(directory, now);
    if (this.#open.has(node.id)) this.#nodes.setNode({ ...node, parent: 0, changed: now });
    else this.#end(node);
  }

  /** Moves an entry to a place where there is none, or what it may replace. */
  move(from: NonNullable<FilePlace["entry"]>, node: FileNode, to: FilePlace, now: bigint): void {
    const { directory, name } = to.entry!;
    if (node.directory && this.#lies(directory, node)) fail("invalid");
    this.#requireShallow(directory);
    const { node: replaced } = to;
    if (replaced) {
      if (this.#lies(from.directory, replaced)) fail("not-empty");
      if (replaced.directory !== node.directory) fail(replaced.directory ? "is-directory" : "not-directory");
      this.remove(directory, name, replaced, now);
    }
    this.#nodes.removeEntry(from.directory.id, from.name);
    this.#nodes.addEntry(directory.id, name, node.id);
    this.#nodes.setNode({ ...node, parent: directory.id, changed: now });
    this.#touch(this.node(from.directory.id), now);
    this.#touch(this.node(directory.id), now);
  }

  /** Makes a file that is nowhere yet: it is gone when it is closed, unless it was adopted. */
  makeLoose(now: bigint): FileNode {
    this.#charge(0, 1);
    const made = { directory: false, parent: 0, size: 0, accessed: now, modified: now, changed: now };
    return { id: this.#nodes.addNode(this.row.id, made), ...made };
  }

  /** Gives a file that is nowhere a place, in which it replaces what is there. */
  adopt(node: FileNode, to: FilePlace, now: bigint): void {
    const { directory, name } = to.entry!;
    if (to.node) this.remove(directory, name, to.node, now);
    this.#nodes.addEntry(directory.id, name, node.id);
    this.#nodes.setNode({ ...node, parent: directory.id, changed: now });
    this.#touch(directory, now);
  }

  read(node: FileNode, offset: number, length: number): Uint8Array {
    const there = Math.max(0, Math.min(length, node.size - offset));
    return readContent(this.#nodes, node.id, offset, there);
  }

  write(node: FileNode, offset: number, bytes: Uint8Array, now: bigint): void {
    if (bytes.length === 0) return;
    const size = Math.max(node.size, offset + bytes.length);
    this.#grow(node, size);
    try {
      writeContent(this.#nodes, node.id, offset, bytes);
    } catch (error) {
      cutContent(this.#nodes, node.id, node.size);
      throw error;
    }
    this.#nodes.setNode({ ...node, size, modified: now, changed: now });
  }

  resize(node: FileNode, size: number, now: bigint): void {
    this.#grow(node, size);
    if (size < node.size) cutContent(this.#nodes, node.id, size);
    this.#nodes.setNode({ ...node, size, modified: now, changed: now });
  }

  /** One that was open is so no more. */
  closed(id: number): void {
    const node = this.#nodes.node(id);
    if (node?.parent === 0 && !this.#isRoot(node)) this.#end(node);
  }

  setTimes(node: FileNode, accessed: bigint | undefined, modified: bigint | undefined, now: bigint): void {
    const times = { accessed: accessed ?? node.accessed, modified: modified ?? node.modified, changed: now };
    this.#nodes.setNode({ ...node, ...times });
  }

  #grow(node: FileNode, size: number): void {
    if (size > fileBounds.quotaBytes.value) fail("file-too-large");
    this.#charge(size - node.size, 0);
  }

  /** So many more, or fewer: exact, whoever else writes, for one operation goes before another. */
  #charge(bytes: number, files: number): void {
    if (bytes === 0 && files === 0) return;
    const { row } = this;
    if (bytes > 0 && row.bytes + bytes > this.#quota.bytes) fail("quota");
    if (files > 0 && row.files + files > this.#quota.files) fail("quota");
    row.bytes += bytes;
    row.files += files;
    this.#nodes.setVolume(row);
  }

  #end(node: FileNode): void {
    this.#nodes.removeNode(node.id);
    this.#charge(-node.size, -1);
  }

  #touch(directory: FileNode, now: bigint): void {
    this.#nodes.setNode({ ...directory, modified: now, changed: now });
  }

  #isRoot(node: FileNode): boolean {
    const { root, containers } = this.row;
    return node.id === root || node.id === containers;
  }

  /** A directory that things can be made in: not removed, and not too deep. */
  #requireShallow(directory: FileNode): void {
    let at = directory;
    for (let depth = 1; !this.#isRoot(at); depth++) {
      if (at.parent === 0) fail("no-entry");
      if (depth >= fileBounds.depth.value) fail("name-too-long");
      at = this.node(at.parent);
    }
  }

  /** Tells whether a directory is another one, or in it, as far up as anything can be made. */
  #lies(directory: FileNode, other: FileNode): boolean {
    let at: FileNode | undefined = directory;
    for (let depth = 0; at && depth <= fileBounds.depth.value; depth++) {
      if (at.id === other.id) return true;
      at = at.parent === 0 ? undefined : this.node(at.parent);
    }
    return false;
  }
}
