import { randomBytes } from "node:crypto";
import type { HeapAccount } from "../../platform/heap-account.ts";
import { fail } from "./file-error.ts";
import {
  type FileNode,
  type FileNodes,
  type KeptFiles,
  type Lister,
  listerOf,
  type VolumeRow,
} from "./file-nodes.ts";

interface KeptNode extends FileNode {
  readonly volume: number;
  readonly entries: Map<string, number>;
  readonly chunks: Map<number, Uint8Array>;
}

/** Bytes that a file or directory takes besides its content. */
const nodeBytes = 1024;

/** Files in memory: as long as their host runs, and drawn from its heap's account. */
export class MemoryNodes implements FileNodes {
  readonly #heap: HeapAccount | undefined;
  readonly #volumes = new Map<string, VolumeRow>();
  readonly #plugins = new Map<number, string>();
  /** Figures as they were before the operation that runs. */
  #before: VolumeRow | undefined;
  #running = false;
  readonly #nodes = new Map<number, KeptNode>();
  #lastId = 0;
  readonly idKey = randomBytes(32);

  constructor(heap?: HeapAccount) {
    this.#heap = heap;
  }

  volume(plugin: string): VolumeRow {
    const known = this.#volumes.get(plugin);
    if (known) return { ...known };
    const id = ++this.#lastId;
    const row = { id, root: this.#addRoot(id), containers: this.#addRoot(id), bytes: 0, files: 0 };
    this.#volumes.set(plugin, row);
    this.#plugins.set(id, plugin);
    return { ...row };
  }

  setVolume(volume: VolumeRow): void {
    const plugin = this.#plugins.get(volume.id);
    if (plugin === undefined) return;
    this.#before ??= this.#volumes.get(plugin);
    this.#volumes.set(plugin, { ...volume });
  }

  forget(plugin: string): boolean {
    const volume = this.#volumes.get(plugin);
    if (!volume) return false;
    this.#volumes.delete(plugin);
    this.#plugins.delete(volume.id);
    for (const node of this.#nodes.values()) if (node.volume === volume.id) this.removeNode(node.id);
    return true;
  }

  kept(plugin: string): KeptFiles | undefined {
    const { id, bytes = 0 } = this.#volumes.get(plugin) ?? {};
    const own = [...this.#nodes.values()].filter((node) => node.volume === id && !node.directory);
    return own.length > 0 ? { bytes, files: own.length } : undefined;
  }

  node(id: number): FileNode | undefined {
    const node = this.#nodes.get(id);
    return node && told(node);
  }

  addNode(volume: number, node: Omit<FileNode, "id">): number {
    this.#take(nodeBytes);
    const id = ++this.#lastId;
    this.#nodes.set(id, { ...node, id, volume, entries: new Map(), chunks: new Map() });
    return id;
  }

  setNode({ id, parent, size, accessed, modified, changed }: FileNode): void {
    const node = this.#nodes.get(id);
    if (node) Object.assign(node, { parent, size, accessed, modified, changed });
  }

  removeNode(id: number): void {
    this.cutChunks(id, 0);
    if (this.#nodes.delete(id)) this.#heap?.give(nodeBytes);
  }

  entry(directory: number, name: string): FileNode | undefined {
    const id = this.#nodes.get(directory)?.entries.get(name);
    return id === undefined ? undefined : this.node(id);
  }

  addEntry(directory: number, name: string, node: number): void {
    this.#nodes.get(directory)!.entries.set(name, node);
  }

  removeEntry(directory: number, name: string): void {
    this.#nodes.get(directory)!.entries.delete(name);
  }

  hasEntries(directory: number): boolean {
    return (this.#nodes.get(directory)?.entries.size ?? 0) > 0;
  }

  list(directory: number): Lister {
    return listerOf(this.#nodes.get(directory)?.entries, (id) => this.#nodes.get(id)?.directory === true);
  }

  chunk(node: number, index: number): Uint8Array | undefined {
    return this.#nodes.get(node)?.chunks.get(index);
  }

  setChunk(node: number, index: number, bytes: Uint8Array): void {
    const chunks = this.#nodes.get(node)!.chunks;
    this.#take(bytes.length - (chunks.get(index)?.length ?? 0));
    // A part of a message would keep all of it.
    chunks.set(index, bytes.byteLength === bytes.buffer.byteLength ? bytes : bytes.slice());
  }

  cutChunks(node: number, from: number): void {
    const chunks = this.#nodes.get(node)?.chunks;
    for (const [index, bytes] of chunks ?? []) {
      if (index < from) continue;
      chunks!.delete(index);
      this.#heap?.give(bytes.length);
    }
  }

  /** Operations look before they leap: of one that fails only figures may have been set, of one plugin. */
  operation<T>(run: () => T): T {
    if (this.#running) return run();
    this.#running = true;
    this.#before = undefined;
    try {
      return run();
    } catch (error) {
      if (this.#before) this.setVolume(this.#before);
      throw error;
    } finally {
      this.#running = false;
    }
  }

  sync(): void {}

  close(): void {
    for (const { id } of this.#nodes.values()) this.removeNode(id);
    this.#volumes.clear();
  }

  #addRoot(volume: number): number {
    const now = BigInt(Date.now()) * 1_000_000n;
    const times = { accessed: now, modified: now, changed: now };
    return this.addNode(volume, { directory: true, parent: 0, size: 0, ...times });
  }

  #take(bytes: number): void {
    if (bytes < 0) this.#heap?.give(-bytes);
    else if (this.#heap && !this.#heap.tryTake(bytes)) fail("insufficient-space");
  }
}

function told({ id, directory, parent, size, accessed, modified, changed }: KeptNode): FileNode {
  return { id, directory, parent, size, accessed, modified, changed };
}
