import type { Data } from "../../backends/data.ts";
import { suspending } from "../../engine/engine.ts";
import type { HostObjects } from "../kit/host-objects.ts";
import { HostResource } from "../kit/host-resource.ts";
import type { FileHandle } from "./guest-files.ts";

type Entry = readonly [name: string, directory: boolean];

/** `directory-entry-stream` of `wasi:filesystem/types`: some entries are asked for at a time. */
export class DirectoryEntryStream extends HostResource {
  readonly #objects: HostObjects;
  readonly #handle: FileHandle;
  #entries: readonly Entry[] = [];
  #next = 0;
  #kept = 0;
  #ended = false;

  constructor(objects: HostObjects, handle: FileHandle) {
    super(objects);
    this.#objects = objects;
    this.#handle = handle;
  }

  readDirectoryEntry(): object | undefined | Promise<object | undefined> {
    const entry = this.#entries[this.#next++];
    if (entry) return told(entry);
    return this.#ended ? undefined : this.#fetch();
  }

  override [Symbol.dispose](): void {
    this.leave();
    this.#keep([]);
    this.#handle.release();
  }

  async #fetch(): Promise<object | undefined> {
    const { session, number } = this.#handle;
    const entries = (await session.ask("next", number)) as readonly Data[] as readonly Entry[];
    this.#keep(entries);
    this.#ended = entries.length === 0;
    return this.readDirectoryEntry();
  }

  /** Names that a guest has not taken are counted as what the host keeps for it. */
  #keep(entries: readonly Entry[]): void {
    const bytes = entries.reduce((sum, [name]) => sum + 2 * name.length, 0);
    this.#objects.keep(bytes - this.#kept);
    this.#kept = bytes;
    this.#entries = entries;
    this.#next = 0;
  }
}
suspending(DirectoryEntryStream.prototype.readDirectoryEntry);

function told([name, directory]: Entry): object {
  return { type: directory ? "directory" : "regular-file", name };
}
