/** `descriptor` of `wasi:filesystem/types`. What has to be asked of the files is waited for. */
import { createHash } from "node:crypto";
import type { Data } from "../../backends/data.ts";
import { modeBits, openBits, transferBytes } from "../../backends/files/file-request.ts";
import { fileBounds } from "../../bounds/file-bounds.ts";
import { suspending } from "../../engine/engine.ts";
import { HostResource } from "../kit/host-resource.ts";
import type { InputStream, OutputStream } from "../kit/streams.ts";
import { DirectoryEntryStream } from "./directory-entries.ts";
import { FileSink, FileSource } from "./file-streams.ts";
import { FileHandle, type GuestFiles, refusedBy } from "./guest-files.ts";

type Flags = Readonly<Record<string, boolean>>;
interface Datetime {
  readonly seconds: bigint;
  readonly nanoseconds: number;
}
type NewTimestamp =
  | { readonly tag: "no-change" | "now" }
  | { readonly tag: "timestamp"; readonly val: Datetime };

/** Facts of an open file or directory that do not change. */
interface Opened {
  readonly directory: boolean;
  /** Bits of `modeBits`. */
  readonly mode: number;
  readonly mutable: boolean;
  /** Names of the flags that ask for writes to be durable. */
  readonly sync: Flags;
}

const noFlags: Flags = {};

export class Descriptor extends HostResource {
  readonly #files: GuestFiles;
  readonly #opened: Opened;
  /** Handle of what was opened; of a mount its index, by which every session has it. */
  readonly #handle: FileHandle | number;
  /** Number of the node, by which two descriptors of it are told to be of the same. */
  #node: bigint | undefined;

  constructor(files: GuestFiles, handle: FileHandle | number, opened: Opened, node?: bigint) {
    super(files.cell.objects);
    this.#files = files;
    this.#handle = handle;
    this.#opened = opened;
    this.#node = node;
  }

  /** Mount of a plugin, by its index. */
  static ofMount(files: GuestFiles, index: number, readonly: boolean): Descriptor {
    const opened = { directory: true, mode: modeBits.read, mutable: !readonly, sync: noFlags };
    return new Descriptor(files, index, opened);
  }

  readViaStream(offset: bigint): InputStream {
    const { cell } = this.#files;
    const source = new FileSource(cell.objects, this.#file(modeBits.read), offset);
    return new cell.InputStream(cell, source);
  }

  writeViaStream(offset: bigint): OutputStream {
    return this.#output(offset);
  }

  appendViaStream(): OutputStream {
    return this.#output(undefined);
  }

  /** Advice changes nothing here. */
  advise(offset: bigint, length: bigint): void {
    if (this.#opened.directory) throw refusedBy("bad-descriptor");
    if (offset + length >= 1n << 64n) throw refusedBy("invalid");
  }

  async syncData(): Promise<void> {
    await this.#ask("sync");
  }

  async sync(): Promise<void> {
    await this.#ask("sync");
  }

  getFlags(): Flags {
    const { mode, mutable, directory, sync } = this.#opened;
    const may = (bit: number) => (mode & bit) !== 0;
    return {
      ...sync,
      read: may(modeBits.read),
      write: may(modeBits.write),
      mutateDirectory: directory && mutable,
    };
  }

  getType(): string {
    return typeOf(this.#opened.directory);
  }

  async setSize(size: bigint): Promise<void> {
    await this.#ask("resize", size);
    await this.#settle();
  }

  async setTimes(accessed: NewTimestamp, modified: NewTimestamp): Promise<void> {
    await this.#ask("touch", timeOf(accessed), timeOf(modified));
  }

  async read(length: bigint, offset: bigint): Promise<[Uint8Array, boolean]> {
    const most = length < transferBytes ? Number(length) : transferBytes;
    return (await this.#ask("read", offset, most)) as [Uint8Array, boolean];
  }

  /** No more than goes at a time: guests write on. */
  async write(buffer: Uint8Array, offset: bigint): Promise<bigint> {
    const bytes = buffer.subarray(0, transferBytes);
    const { session, number } = this.#place;
    await session.write(bytes, "write", number, offset);
    await this.#settle();
    return BigInt(bytes.length);
  }

  async readDirectory(): Promise<DirectoryEntryStream> {
    const { session } = this.#place;
    const [handle] = (await this.#ask("list")) as [number];
    return new DirectoryEntryStream(this.#files.cell.objects, new FileHandle(session, handle));
  }

  async createDirectoryAt(path: string): Promise<void> {
    await this.#askAt("makeDirectory", path);
  }

  async stat(): Promise<object> {
    return statOf(await this.#ask("stat"));
  }

  async statAt(_follow: Flags, path: string): Promise<object> {
    return statOf(await this.#askAt("statAt", path));
  }

  async setTimesAt(
    _follow: Flags,
    path: string,
    accessed: NewTimestamp,
    modified: NewTimestamp,
  ): Promise<void> {
    await this.#askAt("touchAt", path, timeOf(accessed), timeOf(modified));
  }

  async linkAt(_follow: Flags, path: string, other: Descriptor, otherPath: string): Promise<void> {
    await this.#askAt("link", path, this.#beside(other), checked(otherPath));
  }

  async openAt(_follow: Flags, path: string, how: Flags, flags: Flags): Promise<Descriptor> {
    const { create, directory, exclusive, truncate } = openBits;
    const bits = [how.create && create, how.directory && directory, how.exclusive && exclusive];
    const mode = [flags.read && modeBits.read, flags.write && modeBits.write];
    const asked = modeOf([...mode, flags.mutateDirectory && modeBits.mutate]);
    const { session } = this.#place;
    const answer = await this.#askAt("open", path, modeOf([...bits, how.truncate && truncate]), asked);
    const [handle, node, isDirectory] = answer as [number, bigint, boolean];
    const { fileIntegritySync, dataIntegritySync, requestedWriteSync } = flags;
    const sync = { fileIntegritySync, dataIntegritySync, requestedWriteSync } as Flags;
    const opened = { directory: isDirectory, mode: modeOf(mode), mutable: this.#opened.mutable, sync };
    return new Descriptor(this.#files, new FileHandle(session, handle), opened, node);
  }

  async readlinkAt(path: string): Promise<never> {
    await this.#askAt("readLink", path);
    throw refusedBy("invalid");
  }

  async removeDirectoryAt(path: string): Promise<void> {
    await this.#askAt("removeDirectory", path);
  }

  async renameAt(path: string, other: Descriptor, otherPath: string): Promise<void> {
    await this.#askAt("rename", path, this.#beside(other), checked(otherPath));
  }

  async symlinkAt(content: string, path: string): Promise<void> {
    if (content.startsWith("/")) throw refusedBy("not-permitted");
    await this.#askAt("linkSymbolically", path);
  }

  async unlinkFileAt(path: string): Promise<void> {
    await this.#askAt("unlink", path);
  }

  async isSameObject(other: Descriptor): Promise<boolean> {
    if (this.#files !== other.#files) return false;
    return (await this.#identity()) === (await other.#identity());
  }

  async metadataHash(): Promise<object> {
    return hashOf(await this.#ask("stat"));
  }

  async metadataHashAt(_follow: Flags, path: string): Promise<object> {
    return hashOf(await this.#askAt("statAt", path));
  }

  override [Symbol.dispose](): void {
    this.leave();
    if (this.#handle instanceof FileHandle) this.#handle.release();
  }

  get #place(): Pick<FileHandle, "session" | "number"> {
    const handle = this.#handle;
    return handle instanceof FileHandle ? handle : { session: this.#files.session, number: handle };
  }

  /** Handle of another one of the same file system. */
  #beside(other: Descriptor): number {
    if (this.#files !== other.#files) throw refusedBy("cross-device");
    return other.#place.number;
  }

  #ask(operation: string, ...args: readonly Data[]): Promise<Data> {
    const { session, number } = this.#place;
    return session.ask(operation, number, ...args);
  }

  #askAt(operation: string, path: string, ...args: readonly Data[]): Promise<Data> {
    return this.#ask(operation, checked(path), ...args);
  }

  #file(bit: number): FileHandle {
    const { directory, mode } = this.#opened;
    if (directory) throw refusedBy("is-directory");
    if ((mode & bit) === 0) throw refusedBy("bad-descriptor");
    return this.#handle as FileHandle;
  }

  #output(offset: bigint | undefined): OutputStream {
    const { cell } = this.#files;
    const sink = new FileSink(cell.objects, this.#file(modeBits.write), offset, this.#durable);
    return new cell.OutputStream(cell, sink);
  }

  get #durable(): boolean {
    const { fileIntegritySync, dataIntegritySync } = this.#opened.sync;
    return fileIntegritySync === true || dataIntegritySync === true;
  }

  async #settle(): Promise<void> {
    if (this.#durable) await this.#ask("sync");
  }

  async #identity(): Promise<bigint> {
    this.#node ??= ((await this.#ask("stat")) as unknown as Stat)[0];
    return this.#node;
  }
}

const { prototype } = Descriptor;
for (const method of [
  prototype.syncData,
  prototype.sync,
  prototype.setSize,
  prototype.setTimes,
  prototype.read,
  prototype.write,
  prototype.readDirectory,
  prototype.createDirectoryAt,
  prototype.stat,
  prototype.statAt,
  prototype.setTimesAt,
  prototype.linkAt,
  prototype.openAt,
  prototype.readlinkAt,
  prototype.removeDirectoryAt,
  prototype.renameAt,
  prototype.symlinkAt,
  prototype.unlinkFileAt,
  prototype.isSameObject,
  prototype.metadataHash,
  prototype.metadataHashAt,
])
  suspending(method as never);

function modeOf(bits: readonly (number | boolean | undefined)[]): number {
  return bits.reduce<number>((mode, bit) => mode | Number(bit ?? 0), 0);
}

function typeOf(directory: boolean): string {
  return directory ? "directory" : "regular-file";
}

/** A path that is longer than any may be does not cross to the files. */
function checked(path: string): string {
  if (path.length > fileBounds.path.value) throw refusedBy("name-too-long");
  return path;
}

function timeOf(time: NewTimestamp): Data {
  if (time.tag !== "timestamp") return time.tag === "now" ? true : null;
  const { seconds, nanoseconds } = time.val;
  if (nanoseconds >= 1_000_000_000) throw refusedBy("invalid");
  const at = seconds * 1_000_000_000n + BigInt(nanoseconds);
  if (at >= 1n << 63n) throw refusedBy("overflow");
  return at;
}

function datetimeOf(time: bigint): Datetime {
  return { seconds: time / 1_000_000_000n, nanoseconds: Number(time % 1_000_000_000n) };
}

/** Facts of a node, as the files tell them. */
type Stat = readonly [bigint, boolean, number, boolean, bigint, bigint, bigint];

function statOf(answer: Data): object {
  const [, directory, size, linked, accessed, modified, changed] = answer as unknown as Stat;
  return {
    type: typeOf(directory),
    linkCount: linked ? 1n : 0n,
    size: BigInt(size),
    dataAccessTimestamp: datetimeOf(accessed),
    dataModificationTimestamp: datetimeOf(modified),
    statusChangeTimestamp: datetimeOf(changed),
  };
}

function hashOf(answer: Data): object {
  const [node, , size, , , modified, changed] = answer as unknown as Stat;
  const hash = createHash("sha256").update(`${node} ${size} ${modified} ${changed}`).digest();
  return { lower: hash.readBigUInt64LE(0), upper: hash.readBigUInt64LE(8) };
}
