/**
 * What `asc --transform hotcell/asc` loads. In the repository that is the TypeScript source; in the npm package, where
 * Node strips no types, the compiled file. Plain JavaScript, so that an older Node gets to say what is wrong.
 */
import { existsSync } from "node:fs";
import { needed, tooOld } from "../../host/entry/needed-node.mjs";

const source = new URL("./transform.ts", import.meta.url);
const compiled = new URL("../../dist/guest-plugins/toolchain/transform.js", import.meta.url);
const isCheckout = existsSync(source);
// The compiled file runs wherever asc itself does.
const problem = tooOld("hotcell/asc", isCheckout ? needed : 20);

if (problem) {
  const remedy = isCheckout
    ? "Run asc through npx, which takes the Node that `npm ci` installs: npx asc"
    : "Install one beside it and run asc through npx, which then takes that one: npm install --save-dev node";
  const error = new Error(`${problem}\n  ${remedy}`);
  // asc prints the stack.
  error.stack = error.message;
  throw error;
}

const { default: transform } = await import((isCheckout ? source : compiled).href);
export default transform;
