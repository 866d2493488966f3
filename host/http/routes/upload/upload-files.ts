/** Files of an upload's form: parts that are files themselves, or tars of some. */
import { HotcellError } from "../../../errors.ts";
import type { TreeLimits } from "../../../tree/file-tree.ts";
import { filesOfTar, twice } from "../../../tree/tar.ts";
import { badFiles, shownPath } from "../../../tree/tree-errors.ts";
import { stillCoded } from "../../body/content-coding.ts";
import type { FormPart } from "../../body/multipart.ts";

const tarTypes = ["application/x-tar", "application/tar"];

/** Files by their paths: those of a tar have these in it, others their part's file name. Throws `bad-files`. */
export async function uploadedFiles(
  parts: readonly FormPart[],
  limits: TreeLimits,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  const add = (path: string, bytes: Uint8Array) => {
    if (files.has(path)) throw twice(path);
    files.set(path, bytes);
  };
  for (const part of parts) {
    const { filename, content } = part;
    if (filename === undefined) throw noFile();
    requireUncompressed(part, filename);
    if (isTar(part, filename))
      for (const [path, bytes] of await filesOfTar(content, limits)) add(path, bytes);
    else add(filename, content);
  }
  return files;
}

function isTar({ type }: FormPart, filename: string): boolean {
  return tarTypes.includes(type) || /\.tar$/i.test(filename);
}

/** Throws for a tar that is compressed: what it becomes is known to nobody before it is undone. */
function requireUncompressed(part: FormPart, filename: string): void {
  const named = /\.(?:tar\.[a-z0-9]+|tgz|tbz2?|txz|tzst)$/i.test(filename);
  const coding = isTar(part, filename) ? stillCoded(part.content)?.coding : undefined;
  if (!named && coding === undefined) return;
  throw badFiles(`${JSON.stringify(shownPath(filename))} is a compressed tar.`, filename, {
    ...(coding !== undefined && { actual: coding }),
    expected: "a tar as it is",
    remedy:
      "Send the tar itself (gunzip site.tar.gz); Content-Encoding of the whole request compresses it. To send it as a file, put it into a tar.",
  });
}

function noFile(): HotcellError {
  return new HotcellError("bad-request", "The field files must be a file, not text.", {
    subject: "files",
    expected: "a tar, or files by their names",
    remedy:
      "Send it with curl by -F files=@site.tar, or by -F 'files=@logo.svg;filename=img/logo.svg' for each file.",
  });
}
