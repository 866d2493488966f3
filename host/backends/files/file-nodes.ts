/**
 * The contract of what keeps files: nodes, the entries of directories, and content by chunks, of all plugins of a host.
 * It knows no paths and no rules; `volume.ts` does, and calls it synchronously. There are two: in memory, and in a file
 * of SQLite's that a thread of its own has.
 */

/** Bytes of a chunk: what a write in the middle of a file writes at least. */
export const chunkBytes = 16 * 1024;

export interface FileNode {
  readonly id: number;
  readonly directory: boolean;
  /** Directory that it lies in; 0 when it was removed, and for a root. */
  parent: number;
  /** Bytes of a file; 0 of a directory. */
  size: number;
  /** Nanoseconds since 1970. */
  accessed: bigint;
  modified: bigint;
  changed: bigint;
}

/** Row of a plugin that has files. */
export interface VolumeRow {
  readonly id: number;
  /** Directory of all that it sees as files, and the one of its containers of objects. */
  readonly root: number;
  readonly containers: number;
  /** Sizes of all its files together, and number of files and directories. */
  bytes: number;
  files: number;
}

/** Number of files of a plugin, without directories, and their sizes together. */
export interface KeptFiles {
  readonly bytes: number;
  readonly files: number;
}

/** Walk through a directory, which may change meanwhile: what stays is met once. */
export interface Lister {
  /** No more than so many; fewer at the end. */
  next(most: number): [name: string, directory: boolean][];
}

/** Walk through entries at hand; none for a directory that is not there. A map goes on after changes, and meets what stays once. */
export function listerOf<Entry>(
  entries: ReadonlyMap<string, Entry> | undefined,
  isDirectory: (entry: Entry) => boolean,
): Lister {
  const left = entries?.entries();
  return {
    next: (most) => (left?.take(most).toArray() ?? []).map(([name, entry]) => [name, isDirectory(entry)]),
  };
}

export interface FileNodes {
  /** Key by which ids are told: as they are, they would say how many nodes other plugins make. */
  readonly idKey: Uint8Array;
  /** The plugin's own, which is made when it is first asked for. */
  volume(plugin: string): VolumeRow;
  /** Its figures. */
  setVolume(volume: VolumeRow): void;
  /** Everything of a plugin. Tells whether there was anything. */
  forget(plugin: string): boolean;
  /** Undefined where it has no file, and directories at most. */
  kept(plugin: string): KeptFiles | undefined;

  node(id: number): FileNode | undefined;
  addNode(volume: number, node: Omit<FileNode, "id">): number;
  setNode(node: FileNode): void;
  /** With its content. */
  removeNode(id: number): void;

  entry(directory: number, name: string): FileNode | undefined;
  addEntry(directory: number, name: string, node: number): void;
  removeEntry(directory: number, name: string): void;
  hasEntries(directory: number): boolean;
  list(directory: number): Lister;

  /** Bytes of a chunk, without zeros that nobody wrote; undefined where nothing was written. */
  chunk(node: number, index: number): Uint8Array | undefined;
  setChunk(node: number, index: number, bytes: Uint8Array): void;
  /** Removes the chunks from one on. */
  cutChunks(node: number, from: number): void;

  /** Runs an operation: what it throws undoes it. */
  operation<T>(run: () => T): T;
  /** Makes all that was done durable. */
  sync(): void;
  close(): void;
}
