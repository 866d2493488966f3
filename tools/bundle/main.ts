/** `node tools/bundle/main.ts [DIST]`: bundles our own programs, of the sources or of what was compiled into that folder. */
import { join } from "node:path";
import { bundleCompiled, bundleSources } from "./bundle.ts";
import { bundleConsole } from "./console-bundle.ts";

const [folder] = process.argv.slice(2);
if (folder === undefined) await bundleSources();
else await Promise.all([bundleCompiled(folder), bundleConsole(join(folder, "host/console/built"))]);
