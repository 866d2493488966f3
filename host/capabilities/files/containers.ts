/** Containers of objects (`wasi:blobstore/container`). */
import type { Data } from "../../backends/data.ts";
import { fileBounds } from "../../bounds/file-bounds.ts";
import { suspending } from "../../engine/engine.ts";
import { LongWork } from "../../platform/breath.ts";
import { HostResource } from "../kit/host-resource.ts";
import { FileHandle, type GuestFiles } from "./guest-files.ts";
import { asking, failure, IncomingValue, type ObjectPlace, type OutgoingValue } from "./object-values.ts";

export class Container extends HostResource {
  readonly #files: GuestFiles;
  readonly #name: string;
  readonly #created: bigint;

  constructor(files: GuestFiles, name: string, created: bigint) {
    super(files.cell.objects);
    this.#files = files;
    this.#name = name;
    this.#created = created;
  }

  name(): string {
    return this.#name;
  }

  info(): object {
    return { name: this.#name, createdAt: secondsOf(this.#created) };
  }

  /** Both places are of bytes that it has. */
  async getData(object: string, start: bigint, end: bigint): Promise<IncomingValue> {
    if (end < start) throw failure(`The value ends at ${end}, before it begins at ${start}.`);
    const answer = await this.#ask("openObject", object);
    const [handle, size] = answer as [number, number];
    const behind = end < BigInt(size) ? end + 1n : BigInt(size);
    const file = new FileHandle(this.#files.session, handle);
    return new IncomingValue(this.#files, file, start < behind ? start : behind, behind);
  }

  async writeData(object: string, value: OutgoingValue): Promise<void> {
    // A container that is gone is told at once.
    await this.#ask("container");
    await value.placeAt(this.#place(object));
  }

  async listObjects(): Promise<StreamObjectNames> {
    const { session, cell } = this.#files;
    const [handle] = (await this.#ask("listObjects")) as [number];
    return new StreamObjectNames(cell.objects, new FileHandle(session, handle));
  }

  async deleteObject(object: string): Promise<void> {
    await this.#ask("deleteObject", object);
  }

  async deleteObjects(objects: readonly string[]): Promise<void> {
    for (const object of objects) await this.#ask("deleteObject", object);
  }

  async hasObject(object: string): Promise<boolean> {
    await this.#ask("container");
    return (await existing(this.#ask("objectInfo", object))) !== undefined;
  }

  async objectInfo(object: string): Promise<object> {
    const [size, created] = (await this.#ask("objectInfo", object)) as [number, bigint];
    return { name: object, container: this.#name, createdAt: secondsOf(created), size: BigInt(size) };
  }

  async clear(): Promise<void> {
    const work = new LongWork();
    while ((await this.#ask("clearContainer")) !== true) await work.pause();
  }

  #place(object: string): ObjectPlace {
    return { container: this.#name, object };
  }

  #ask(operation: string, object?: string): Promise<Data> {
    const names = object === undefined ? [this.#name] : [this.#name, checked(object)];
    const place = object === undefined ? { container: this.#name } : this.#place(object);
    return asking(this.#files.session.ask(operation, ...names), place);
  }
}

/** Names of the objects in a container. */
export class StreamObjectNames extends HostResource {
  readonly #handle: FileHandle;
  #names: string[] = [];
  #ended = false;

  constructor(objects: ConstructorParameters<typeof HostResource>[0], handle: FileHandle) {
    super(objects);
    this.#handle = handle;
  }

  /** Some of as many: all that are here, and true where there are no more. */
  async readStreamObjectNames(length: bigint): Promise<[string[], boolean]> {
    if (length > 0n) await this.#fetch();
    const names = this.#names.splice(0, length < this.#names.length ? Number(length) : this.#names.length);
    return [names, this.#ended && this.#names.length === 0];
  }

  async skipStreamObjectNames(length: bigint): Promise<[bigint, boolean]> {
    const [names, ended] = await this.readStreamObjectNames(length);
    return [BigInt(names.length), ended];
  }

  override [Symbol.dispose](): void {
    this.leave();
    this.#handle.release();
  }

  /** Looks one batch ahead, so that the end is told with the last names. */
  async #fetch(): Promise<void> {
    const { session, number } = this.#handle;
    while (!this.#ended && this.#names.length === 0) {
      const entries = (await asking(session.ask("next", number))) as readonly Data[] as readonly [string][];
      this.#ended = entries.length === 0;
      this.#names = entries.map(([name]) => name);
    }
  }
}

for (const { prototype, sync } of [
  { prototype: Container.prototype, sync: ["constructor", "name", "info"] },
  { prototype: StreamObjectNames.prototype, sync: ["constructor"] },
])
  for (const name of Object.getOwnPropertyNames(prototype))
    if (!sync.includes(name)) suspending((prototype as unknown as Record<string, () => unknown>)[name]!);

/** Undefined where there is none. */
export async function existing<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (thrown) {
    if (String((thrown as { payload?: unknown }).payload).endsWith("There is none of this name."))
      return undefined;
    throw thrown;
  }
}

/** A name that is longer than any may be does not cross to the files. */
export function checked(name: string): string {
  if (name.length > fileBounds.objectName.value) throw failure("The name is too long.");
  return name;
}

function secondsOf(time: bigint): bigint {
  return time / 1_000_000_000n;
}
