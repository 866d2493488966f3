import { App, Context } from "hotcell/assembly/http";
import { getDirectories } from "wasi:filesystem/preopens@0.2.0";
import {
  Descriptor,
  DescriptorFlags,
  DescriptorType,
  PathFlags,
} from "wasi:filesystem/types@0.2.0";

const app = new App();

app.get("/*", serve);

export default app;

/** The folder at `/`: what came with the upload; null where nothing did. */
function root(): Descriptor | null {
  const folders = getDirectories();
  return folders.length > 0 ? folders[0].f0 : null;
}

/** A file by the path of the request; of a folder its `index.html`. */
function serve(c: Context): void {
  const folder = root();
  if (folder === null) return c.status(404).text("No files came with this version.");
  let path = decodeURIComponent(c.req.path.slice(1));
  if (path == "") path = ".";
  const found = folder.statAt(PathFlags.SymlinkFollow, path);
  if (found.isErr) return c.status(404).text("There is no such page.");
  if (found.unwrap().type == DescriptorType.Directory) path += "/index.html";
  const opened = folder.openAt(0, path, 0, DescriptorFlags.Read);
  if (opened.isErr) return c.status(404).text("There is no such page.");
  const file = opened.unwrap();
  const out = c.stream(typeOf(path));
  for (let at: u64 = 0; ; ) {
    const read = file.read(65536, at).unwrap();
    at += read.f0.length;
    if (!out.write(read.f0) || read.f1) break;
  }
}

function typeOf(path: string): string {
  if (path.endsWith(".html")) return "text/html; charset=utf-8";
  if (path.endsWith(".css")) return "text/css; charset=utf-8";
  if (path.endsWith(".svg")) return "image/svg+xml";
  return "application/octet-stream";
}
