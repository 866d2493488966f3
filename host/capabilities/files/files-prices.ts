/** Prices of `wasi:filesystem`, where there are files. */
import { fileBounds } from "../../bounds/file-bounds.ts";
import type { HostPrice } from "../../engine/engine.ts";
import { hostCosts } from "../../fuel-prices.ts";
import type { FunctionPrices } from "../capability.ts";
import { object, refusable, values } from "../kit/common-prices.ts";

const asked: HostPrice = { call: hostCosts.file };
/** Price by a path: each part of it is looked for. */
const found: HostPrice = {
  call: hostCosts.file,
  touched: (_self: unknown, ...args: unknown[]) => partsOf(args) * hostCosts.filePart,
};

const descriptorPrices: FunctionPrices = {
  "*": asked,
  "filesystem-error-code": values,
  "[method]descriptor.advise": refusable,
  "[method]descriptor.get-flags": values,
  "[method]descriptor.get-type": values,
  "[method]descriptor.read-via-stream": refusable,
  "[method]descriptor.write-via-stream": refusable,
  "[method]descriptor.append-via-stream": refusable,
  "[method]descriptor.read": {
    call: hostCosts.file,
    touched: (_self, length: bigint) => Math.min(Number(length), 65_536) * hostCosts.fileByte,
  },
  "[method]descriptor.write": {
    call: hostCosts.file,
    touched: (_self, buffer: Uint8Array) => buffer.length * hostCosts.fileByte,
  },
  "[method]descriptor.sync": { call: hostCosts.fileSync },
  "[method]descriptor.sync-data": { call: hostCosts.fileSync },
  "[method]descriptor.create-directory-at": found,
  "[method]descriptor.stat-at": found,
  "[method]descriptor.set-times-at": found,
  "[method]descriptor.link-at": found,
  "[method]descriptor.open-at": found,
  "[method]descriptor.readlink-at": found,
  "[method]descriptor.remove-directory-at": found,
  "[method]descriptor.rename-at": found,
  "[method]descriptor.symlink-at": found,
  "[method]descriptor.unlink-file-at": found,
  "[method]descriptor.metadata-hash-at": found,
};

/** Prices where the plugin has files, by interface: of every function, for those that it would have without do not hold. */
export function filesPrices(mounts: number): Readonly<Record<string, FunctionPrices>> {
  return {
    "wasi:filesystem/types": descriptorPrices,
    "wasi:filesystem/preopens": { "get-directories": { call: mounts * hostCosts.object } },
  };
}

/** Price of a value as a list; one that is too large is refused at once. */
const wholeValue: HostPrice = {
  call: hostCosts.file,
  touched: (value: { size(): bigint }) =>
    Math.min(Number(value.size()), fileBounds.wholeObject.value) * hostCosts.fileByte,
};

const several: HostPrice = {
  call: hostCosts.file,
  touched: (_self: unknown, objects: readonly string[]) => objects.length * hostCosts.file,
};

/** Prices of `wasi:blobstore`, which is there with files only. */
export const blobstorePrices: Readonly<Record<string, FunctionPrices>> = {
  "wasi:blobstore/types": {
    "[static]outgoing-value.new-outgoing-value": object,
    "[method]outgoing-value.outgoing-value-write-body": asked,
    "[static]outgoing-value.finish": asked,
    "[static]incoming-value.incoming-value-consume-sync": wholeValue,
    "[static]incoming-value.incoming-value-consume-async": object,
    "[method]incoming-value.size": values,
  },
  "wasi:blobstore/container": {
    "*": asked,
    "[method]container.name": values,
    "[method]container.info": values,
    "[method]container.delete-objects": several,
  },
  "wasi:blobstore/blobstore": { "*": asked, "copy-object": { ...asked, owes: true } },
};

/** Parts of the paths among some arguments, as far as any path has some. */
function partsOf(args: readonly unknown[]): number {
  let parts = 0;
  for (const arg of args) if (typeof arg === "string") parts += Math.min(arg.length, 4096) / 2;
  return Math.ceil(parts);
}
