// What `import … from "hotcell"` loads comes from here, and not by a static import: an older Node would fail at the first
// piece of syntax that it does not know, and a bundler would take the library apart, whose threads and processes are files
// of their own. It is loaded at once and not awaited, so that programs in CommonJS can have it too.
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { tooOld } from "./needed-node.mjs";

/** `file`: below dist/host; `name`: by which the package is imported. */
export function load(file, name) {
  const problem = tooOld();
  if (problem) {
    throw new Error(
      `${problem} Install a newer one, or one beside the package: npm install node, and start through npx.`,
    );
  }
  // (A bundle in CommonJS has no import.meta.)
  const here = typeof __filename === "string" ? __filename : import.meta.url;
  const require = createRequire(here);
  if (!isBundled(here)) return require(`../../dist/host/${file}`);
  // What to do stands in platform/own-file.ts, too: a bundle holds either file without the other.
  try {
    return require(name);
  } catch (error) {
    if (error.code !== "MODULE_NOT_FOUND") throw error;
    throw new Error(
      `Hotcell was bundled into ${here}, and is not installed where that runs. Its threads and processes are files of ` +
        "their own, so it can't be a part of a bundle. Install it beside the bundle (npm install hotcell), and mark it " +
        "as external: esbuild --external:hotcell; Rollup, Rolldown and Vite external: [/^hotcell/]; webpack externals; " +
        "Next.js serverExternalPackages.",
      { cause: error },
    );
  }
}

function isBundled(here) {
  return here !== import.meta.url || !existsSync(new URL("./needed-node.mjs", import.meta.url));
}
