import * as v from "valibot";
import { fileBounds } from "../../bounds/file-bounds.ts";
import { MiB } from "../../bounds/host-bound.ts";

/** Quota of a plugin whose owner sets none. */
const defaultQuota = { bytes: 64 * MiB, files: 10_000 };

const upTo = (most: number) => v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(most));

const place = "an absolute path such as /data, without empty parts, . and ..";
const mount = v.strictObject({
  at: v.pipe(
    v.string(),
    v.check((at) => isPlace(at), place),
  ),
  readonly: v.optional(v.boolean(), false),
});

export const filesSchema = v.strictObject({
  quota: v.optional(
    v.strictObject({
      bytes: v.optional(upTo(fileBounds.quotaBytes.value), defaultQuota.bytes),
      files: v.optional(upTo(fileBounds.quotaFiles.value), defaultQuota.files),
    }),
    {},
  ),
  mounts: v.optional(
    v.pipe(
      v.array(mount),
      v.minLength(1),
      v.maxLength(fileBounds.mounts.value),
      v.check((mounts) => areApart(mounts.map(({ at }) => at)), "mounts of which none lies in another"),
    ),
    [{ at: "/data" }],
  ),
});

/** Place of the files that came with the version. */
export const sentAt = "/";

export type FilesSettings = v.InferOutput<typeof filesSchema>;

/** Tells whether some settings give no more than others. */
export function filesWithin({ quota, mounts }: FilesSettings, granted: FilesSettings): boolean {
  if (quota.bytes > granted.quota.bytes || quota.files > granted.quota.files) return false;
  return mounts.every(({ at, readonly }) =>
    granted.mounts.some((other) => lies(at, other.at) && (readonly || !other.readonly)),
  );
}

function isPlace(at: string): boolean {
  if (at === "/") return true;
  if (!at.startsWith("/") || !at.isWellFormed() || at.includes("\0")) return false;
  if (Buffer.byteLength(at) > fileBounds.path.value) return false;
  const parts = at.slice(1).split("/");
  if (parts.length >= fileBounds.depth.value / 2) return false;
  return parts.every(
    (part) => !["", ".", ".."].includes(part) && Buffer.byteLength(part) <= fileBounds.name.value,
  );
}

/** Tells whether a place is another one, or in it. */
function lies(at: string, other: string): boolean {
  return at === other || other === "/" || at.startsWith(`${other}/`);
}

function areApart(places: readonly string[]): boolean {
  return places.every((at, i) => places.every((other, j) => i === j || !lies(at, other)));
}
