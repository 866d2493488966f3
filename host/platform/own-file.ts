import { existsSync } from "node:fs";
import { extname } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { HotcellError } from "../errors.ts";
import { ownBundle } from "./own-bundle.ts";

/**
 * A file of Hotcell's own that runs in a thread or a process of its own: TypeScript in a checkout, or a bundle of it,
 * JavaScript in the npm package. `from`: the `import.meta.url` of whoever starts it; `name`: beside that, without ending. Throws `bundled` where
 * it is not there.
 */
export function ownFile(from: string | undefined, name: string): URL {
  // A bundle in CommonJS has no import.meta.url.
  const url = from ? new URL(`./${name}${extname(from)}`, from) : undefined;
  if (url?.protocol === "file:" && existsSync(url)) {
    const bundle = url.pathname.endsWith(".ts") ? ownBundle(name) : undefined;
    return bundle === undefined ? url : pathToFileURL(bundle);
  }
  const path = url?.protocol === "file:" ? fileURLToPath(url) : String(url ?? name);
  throw new HotcellError("bundled", `Hotcell's own file ${path} is not there, for Hotcell was bundled.`, {
    subject: path,
    remedy:
      "Import it as the package hotcell, installed beside the bundle and marked as external: esbuild --external:hotcell; Rollup, Rolldown and Vite external: [/^hotcell/]; webpack externals; Next.js serverExternalPackages.",
  });
}
