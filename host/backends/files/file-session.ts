/** Session of one cell with its plugin's files: what it has open, and does with them. */
import { createHmac } from "node:crypto";
import { fileBounds } from "../../bounds/file-bounds.ts";
import { UnexpectedData } from "../backend.ts";
import type { Data } from "../data.ts";
import { FileError, fail } from "./file-error.ts";
import type { FileNode, FileNodes, Lister } from "./file-nodes.ts";
import { parsePath, withoutSlash } from "./file-path.ts";
import { entriesAtOnce, modeBits, openBits, RequestArguments, transferBytes } from "./file-request.ts";
import { ObjectStore } from "./object-store.ts";
import { type FilePlace, type FileQuota, type OpenNodes, Volume } from "./volume.ts";

/** Directory that a plugin finds at a path, which is the one of its own tree there. */
export interface FileMount {
  readonly at: string;
  readonly readonly: boolean;
}

/** Access of a cell to its plugin's files. */
export interface FileAccess {
  readonly plugin: string;
  readonly quota: FileQuota;
  readonly mounts: readonly FileMount[];
}

interface OpenFile {
  readonly node: number;
  /** Bits of `modeBits`. */
  readonly mode: number;
  /** True where what it leads to may be changed. */
  readonly mutable: boolean;
  readonly lister?: Lister;
}

type Run = (session: FileSession, request: RequestArguments) => Data;

export class FileSession {
  readonly #nodes: FileNodes;
  readonly #opened: OpenNodes;
  readonly #access: FileAccess;
  readonly #volume: Volume;
  readonly objects: ObjectStore;
  readonly #open = new Map<number, OpenFile>();
  #lastHandle: number;
  #ended = false;

  /** The handles of its mounts are their indices. */
  constructor(nodes: FileNodes, opened: OpenNodes, access: FileAccess) {
    this.#nodes = nodes;
    this.#opened = opened;
    this.#access = access;
    this.#volume = new Volume(access.plugin, nodes, opened, access.quota);
    this.objects = new ObjectStore(nodes, this.#volume);
    this.#lastHandle = access.mounts.length - 1;
  }

  /** Answers a request, with `Refused` where it is one. Throws `UnexpectedData`, and what is a fault. */
  perform(request: Data): Data {
    if (!Array.isArray(request) || typeof request[0] !== "string")
      throw new UnexpectedData("it asked nothing");
    const [name, ...args] = request as [string, ...Data[]];
    const run = Object.hasOwn(operations, name) ? operations[name] : undefined;
    if (!run || this.#ended) throw new UnexpectedData(`it asked its files for ${name}`);
    const perform = () => run(this, new RequestArguments(args));
    try {
      if (this.#open.size === 0) this.#mount();
      return readers.has(name) ? perform() : this.#nodes.operation(perform);
    } catch (error) {
      if (error instanceof FileError) return { error: error.code };
      throw error;
    }
  }

  /** Its cell has ended. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#nodes.operation(() => {
      for (const { node } of this.#open.values()) if (this.#opened.remove(node)) this.#volume.closed(node);
    });
    this.#open.clear();
  }

  open(base: number, path: string, how: number, mode: number): Data {
    const directory = this.#handle(base);
    const may = (bit: number) => (how & bit) !== 0;
    if (may(openBits.create) && may(openBits.directory)) fail("invalid");
    const parsed = parsePath(path);
    // No file can be made by the name of a directory.
    const named = parsed.slash && may(openBits.create);
    const place = this.#volume.find(directory.node, named ? withoutSlash(parsed) : parsed);
    if (named) fail("is-directory");
    const changes = may(openBits.create) || may(openBits.truncate) || (mode & modeBits.write) !== 0;
    if (place.node && may(openBits.create) && may(openBits.exclusive)) fail("exist");
    if (place.node?.directory && changes) fail("is-directory");
    if (place.node?.directory === false && may(openBits.directory)) fail("not-directory");
    if (!place.node && !may(openBits.create)) fail("no-entry");
    if ((changes || (mode & modeBits.mutate) !== 0) && !directory.mutable) fail("read-only");
    this.#requireRoom();
    const node = place.node ?? this.#create(place);
    if (may(openBits.truncate) && node.size > 0) this.#volume.resize(node, 0, now());
    return this.#add({ node: node.id, mode, mutable: directory.mutable }, node);
  }

  close(handle: number): Data {
    const open = this.#open.get(handle);
    // Mounts are there for as long as the cell.
    if (!open || handle < this.#access.mounts.length) return null;
    this.#open.delete(handle);
    if (this.#opened.remove(open.node)) this.#volume.closed(open.node);
    return null;
  }

  stat(handle: number): Data {
    return this.#stat(this.#node(handle));
  }

  statAt(base: number, path: string): Data {
    return this.#stat(this.#existing(base, path));
  }

  read(handle: number, offset: number, length: number): Data {
    const node = this.#file(handle, modeBits.read);
    const bytes = this.#volume.read(node, offset, Math.min(length, transferBytes));
    return [bytes, offset + bytes.length >= node.size];
  }

  write(handle: number, offset: number, bytes: Uint8Array): Data {
    this.#volume.write(this.#file(handle, modeBits.write), offset, bytes, now());
    return bytes.length;
  }

  append(handle: number, bytes: Uint8Array): Data {
    const node = this.#file(handle, modeBits.write);
    this.#volume.write(node, node.size, bytes, now());
    return bytes.length;
  }

  resize(handle: number, size: number): Data {
    this.#volume.resize(this.#file(handle, modeBits.write), size, now());
    return null;
  }

  touch(handle: number, accessed: bigint | null | true, modified: bigint | null | true): Data {
    return this.#setTimes(this.#node(handle), this.#handle(handle), accessed, modified);
  }

  touchAt(base: number, path: string, accessed: bigint | null | true, modified: bigint | null | true): Data {
    return this.#setTimes(this.#existing(base, path), this.#handle(base), accessed, modified);
  }

  sync(handle: number): Data {
    const { mode, mutable } = this.#handle(handle);
    if (mutable || (mode & modeBits.write) !== 0) this.#nodes.sync();
    return null;
  }

  list(handle: number): Data {
    const { node, mode, mutable } = this.#handle(handle);
    const directory = this.#volume.directory(node);
    this.#requireRoom();
    return this.#add({ node, mode, mutable, lister: this.#nodes.list(node) }, directory);
  }

  next(handle: number): Data {
    return this.#handle(handle).lister?.next(entriesAtOnce) ?? fail("bad-descriptor");
  }

  makeDirectory(base: number, path: string): Data {
    const { entry, node } = this.#volume.find(this.#handle(base).node, withoutSlash(parsePath(path)));
    if (node || !entry) fail("exist");
    this.#requireMutable(base);
    this.#volume.make(entry.directory, entry.name, true, now());
    return null;
  }

  removeDirectory(base: number, path: string): Data {
    const { entry, node } = this.#find(base, path);
    if (!node) fail("no-entry");
    if (!node.directory) fail("not-directory");
    if (!entry) fail(parsePath(path).dot ? "invalid" : "not-empty");
    this.#requireFree(node);
    this.#requireMutable(base);
    this.#volume.remove(entry.directory, entry.name, node, now());
    return null;
  }

  unlink(base: number, path: string): Data {
    const { entry, node } = this.#find(base, path);
    if (!node) fail("no-entry");
    if (node.directory || !entry) fail("is-directory");
    this.#requireMutable(base);
    this.#volume.remove(entry.directory, entry.name, node, now());
    return null;
  }

  rename(base: number, path: string, otherBase: number, otherPath: string): Data {
    const [parsed, other] = [parsePath(path), parsePath(otherPath)];
    // A directory may be given a name that ends with a slash, before it is there.
    const from = this.#volume.find(this.#handle(base).node, withoutSlash(parsed));
    const to = this.#volume.find(this.#handle(otherBase).node, withoutSlash(other));
    if (!from.entry || !to.entry) fail("busy");
    if (!from.node) fail("no-entry");
    if ((parsed.slash || other.slash) && !from.node.directory) fail("not-directory");
    this.#requireFree(from.node);
    if (to.node) this.#requireFree(to.node);
    this.#requireMutable(base);
    this.#requireMutable(otherBase);
    if (from.node.id !== to.node?.id) this.#volume.move(from.entry, from.node, to, now());
    return null;
  }

  /** There are no links: where one could be made or read it says so. */
  link(base: number, path: string, otherBase: number, otherPath: string): Data {
    const node = this.#existing(base, path);
    if (this.#find(otherBase, otherPath).node) fail("exist");
    if (node.directory) fail("not-permitted");
    fail("unsupported");
  }

  linkSymbolically(base: number, path: string): Data {
    if (this.#find(base, path).node) fail("exist");
    fail("unsupported");
  }

  readLink(base: number, path: string): Data {
    this.#existing(base, path);
    fail("invalid");
  }

  /** Opens an object to read it: what replaces it meanwhile is another one. */
  openObject(container: string, name: string): Data {
    this.#requireRoom();
    const node = this.objects.object(container, name);
    const [handle] = this.#add({ node: node.id, mode: modeBits.read, mutable: false }, node) as [number];
    return [handle, node.size];
  }

  objectInfo(container: string, name: string): Data {
    const { size, accessed } = this.objects.object(container, name);
    return [size, accessed];
  }

  listObjects(container: string): Data {
    this.#requireRoom();
    const node = this.objects.container(container);
    const lister = this.#nodes.list(node.id);
    return this.#add({ node: node.id, mode: modeBits.read, mutable: false, lister }, node);
  }

  /** Opens a file that is nowhere, for an object to be. */
  newObject(): Data {
    this.#requireRoom();
    const node = this.#volume.makeLoose(now());
    return this.#add({ node: node.id, mode: modeBits.read | modeBits.write, mutable: true }, node);
  }

  putObject(handle: number, container: string, name: string): Data {
    this.objects.put(this.#file(handle, modeBits.write), container, name, now());
    return null;
  }

  /** Copies some bytes of an open file to the end of another. Gives how many. */
  copyPart(from: number, to: number, offset: number): Data {
    const bytes = this.#volume.read(this.#file(from, modeBits.read), offset, copiedAtOnce);
    const target = this.#file(to, modeBits.write);
    this.#volume.write(target, target.size, bytes, now());
    return bytes.length;
  }

  #handle(handle: number): OpenFile {
    return this.#open.get(handle) ?? fail("bad-descriptor");
  }

  /** Directories of the mounts, which are made where they are not there. */
  #mount(): void {
    const made = this.#access.mounts.map(({ at, readonly }) => {
      let node = this.#volume.node(this.#volume.row.root);
      for (const name of at.split("/").filter((each) => each !== "")) {
        const found = this.#nodes.entry(node.id, name);
        if (found && !found.directory) fail("not-directory");
        node = found ?? this.#volume.make(node, name, true, now());
      }
      return { node: node.id, mode: modeBits.read, mutable: !readonly };
    });
    // What fails later undoes nothing of it.
    this.#nodes.sync();
    for (const [index, open] of made.entries()) {
      this.#open.set(index, open);
      this.#opened.add(open.node);
    }
  }

  #find(base: number, path: string): FilePlace {
    return this.#volume.find(this.#handle(base).node, parsePath(path));
  }

  #existing(base: number, path: string): FileNode {
    return this.#find(base, path).node ?? fail("no-entry");
  }

  #node(handle: number): FileNode {
    return this.#volume.node(this.#handle(handle).node);
  }

  #file(handle: number, bit: number): FileNode {
    const { node, mode } = this.#handle(handle);
    const file = this.#volume.node(node);
    if (file.directory) fail("is-directory");
    if ((mode & bit) === 0) fail("bad-descriptor");
    return file;
  }

  #create({ entry }: FilePlace): FileNode {
    if (!entry) fail("is-directory");
    return this.#volume.make(entry.directory, entry.name, false, now());
  }

  #stat({ id, directory, size, parent, accessed, modified, changed }: FileNode): Data {
    const linked = parent !== 0 || id === this.#volume.row.root;
    return [this.#told(id), directory, size, linked, accessed, modified, changed];
  }

  #add(open: OpenFile, { id, directory }: FileNode): Data {
    const handle = ++this.#lastHandle;
    this.#open.set(handle, open);
    this.#opened.add(id);
    return [handle, this.#told(id), directory];
  }

  /** Id of a node for the cell, which is not to know that of the file's. */
  #told(id: number): bigint {
    return createHmac("sha256", this.#nodes.idKey).update(`${id}`).digest().readBigUInt64LE(0);
  }

  #requireRoom(): void {
    if (this.#open.size >= fileBounds.open.value) fail("insufficient-memory");
  }

  #requireMutable(base: number): void {
    if (!this.#handle(base).mutable) fail("read-only");
  }

  /** Directories that are mounted stay where they are. */
  #requireFree({ id }: FileNode): void {
    for (const index of this.#access.mounts.keys()) if (this.#handle(index).node === id) fail("busy");
  }

  #setTimes(node: FileNode, { mutable }: OpenFile, accessed: TimeChange, modified: TimeChange): Data {
    if (!mutable) fail("read-only");
    const at = now();
    const time = (change: TimeChange) => (change === true ? at : (change ?? undefined));
    this.#volume.setTimes(node, time(accessed), time(modified), at);
    return null;
  }
}

/** Bytes that are copied at a time. */
const copiedAtOnce = 256 * 1024;

type TimeChange = bigint | null | true;

/** Operations that change nothing. */
const readers: ReadonlySet<string> = new Set([
  ...["stat", "statAt", "read", "next", "sync", "container", "objectInfo"],
]);

const operations: Readonly<Record<string, Run>> = {
  open: (session, a) => session.open(a.count(0), a.text(1), a.count(2), a.count(3)),
  close: (session, a) => session.close(a.count(0)),
  stat: (session, a) => session.stat(a.count(0)),
  statAt: (session, a) => session.statAt(a.count(0), a.text(1)),
  read: (session, a) => session.read(a.count(0), a.size(1), a.count(2)),
  write: (session, a) => session.write(a.count(0), a.size(1), a.bytes(2)),
  append: (session, a) => session.append(a.count(0), a.bytes(1)),
  resize: (session, a) => session.resize(a.count(0), a.size(1)),
  touch: (session, a) => session.touch(a.count(0), a.time(1), a.time(2)),
  touchAt: (session, a) => session.touchAt(a.count(0), a.text(1), a.time(2), a.time(3)),
  sync: (session, a) => session.sync(a.count(0)),
  list: (session, a) => session.list(a.count(0)),
  next: (session, a) => session.next(a.count(0)),
  makeDirectory: (session, a) => session.makeDirectory(a.count(0), a.text(1)),
  removeDirectory: (session, a) => session.removeDirectory(a.count(0), a.text(1)),
  unlink: (session, a) => session.unlink(a.count(0), a.text(1)),
  rename: (session, a) => session.rename(a.count(0), a.text(1), a.count(2), a.text(3)),
  link: (session, a) => session.link(a.count(0), a.text(1), a.count(2), a.text(3)),
  linkSymbolically: (session, a) => session.linkSymbolically(a.count(0), a.text(1)),
  createContainer: ({ objects }, a) => objects.create(a.text(0), now()),
  container: ({ objects }, a) => objects.container(a.text(0)).accessed,
  removeContainer: ({ objects }, a) => objects.remove(a.text(0), now()),
  clearContainer: ({ objects }, a) => objects.clear(a.text(0), now()),
  newObject: (session) => session.newObject(),
  openObject: (session, a) => session.openObject(a.text(0), a.text(1)),
  objectInfo: (session, a) => session.objectInfo(a.text(0), a.text(1)),
  listObjects: (session, a) => session.listObjects(a.text(0)),
  putObject: (session, a) => session.putObject(a.count(0), a.text(1), a.text(2)),
  deleteObject: ({ objects }, a) => objects.delete(a.text(0), a.text(1), now()),
  moveObject: ({ objects }, a) => objects.move([a.text(0), a.text(1)], [a.text(2), a.text(3)], now()),
  copyPart: (session, a) => session.copyPart(a.count(0), a.count(1), a.size(2)),
  readLink: (session, a) => session.readLink(a.count(0), a.text(1)),
};

/** Time as fine as a clock that plugins are granted is by default. */
function now(): bigint {
  return BigInt(Date.now()) * 1_000_000n;
}
