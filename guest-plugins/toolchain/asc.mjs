/**
 * What `asc --transform hotcell/asc` loads. In the repository that is the TypeScript source; in the npm package, where
 * Node strips no types, the compiled file.
 */
import { existsSync } from "node:fs";

const source = new URL("./transform.ts", import.meta.url);
const compiled = new URL("../../dist/guest-plugins/toolchain/transform.js", import.meta.url);
const { default: transform } = await import((existsSync(source) ? source : compiled).href);
export default transform;
