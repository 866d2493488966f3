/** `node tools/bundle/main.ts [DIST]`: bundles our own programs, of the sources or of what was compiled into that folder. */
import { bundleCompiled, bundleSources } from "./bundle.ts";

const [folder] = process.argv.slice(2);
await (folder === undefined ? bundleSources() : bundleCompiled(folder));
