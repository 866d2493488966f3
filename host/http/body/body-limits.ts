/** Limits of request bodies: how large they are, and how many are there at one time. */

import { bodyBounds } from "../../bounds/http-bounds.ts";
import type { Ceilings } from "../../registry/plugin-limits.ts";
import type { TreeLimits } from "../../tree/file-tree.ts";

/** Largest bodies, in bytes, and how many of them. */
export interface BodyLimits {
  /** An uploaded component. */
  readonly upload: number;
  /** Files that come with it. */
  readonly files: TreeLimits;
  /** JSON: arguments. */
  readonly json: number;
  /** JSON of those who change plugins: settings, tokens. A ceiling of arguments is no matter of theirs. */
  readonly settings: number;
  /** JSON that is arriving at one time, in all. */
  readonly jsonAtOnce: number;
  /** Uploads that are received and deployed at one time. */
  readonly uploadsAtOnce: number;
  /** Uploads that may wait for their turn. */
  readonly uploadsWaiting: number;
}

/** JSON: a string of 1 Mi UTF-16 units fits even if every one is escaped as six bytes. */
export const defaultBodyLimits: BodyLimits = {
  upload: bodyBounds.upload.value,
  files: { uploadFiles: bodyBounds.uploadFiles.value, uploadFileBytes: bodyBounds.uploadFileBytes.value },
  json: bodyBounds.json.value,
  settings: bodyBounds.settings.value,
  jsonAtOnce: bodyBounds.jsonAtOnce.value,
  uploadsAtOnce: bodyBounds.uploadsAtOnce.value,
  uploadsWaiting: bodyBounds.uploadsWaiting.value,
};

/** Limits that let in what a host's plugins may have at most. */
export function bodyLimitsFor(ceilings: Ceilings): BodyLimits {
  const { upload, json, files } = defaultBodyLimits;
  const { componentBytes, argumentBytes, uploadFiles, uploadFileBytes } = ceilings;
  return {
    ...defaultBodyLimits,
    upload: componentBytes ?? upload,
    json: argumentBytes ?? json,
    files: {
      uploadFiles: uploadFiles ?? files.uploadFiles,
      uploadFileBytes: uploadFileBytes ?? files.uploadFileBytes,
    },
  };
}
