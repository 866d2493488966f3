/**
 * What `asc --transform hotcell/asc` loads. In the repository that is the TypeScript source; in the npm package, where
 * Node strips no types, the compiled file. Plain JavaScript, so that an older Node gets to say what is wrong.
 */
import { existsSync } from "node:fs";

const source = new URL("./transform.ts", import.meta.url);
const compiled = new URL("../../dist/guest-plugins/toolchain/transform.js", import.meta.url);
const isCheckout = existsSync(source);
// asc itself needs 20.
const needed = isCheckout ? 24 : 20;

if (Number(process.versions.node.split(".")[0]) < needed) {
  const remedy = isCheckout
    ? "Run asc through npx, which takes the Node that `npm ci` installs: npx asc"
    : "Install one beside it and run asc through npx, which then takes that one: npm install --save-dev node";
  const error = new Error(
    `hotcell/asc needs Node ${needed} or newer${isCheckout ? " in a checkout" : ""}; ` +
      `this is Node ${process.versions.node} (${process.execPath}).\n  ${remedy}`,
  );
  // asc prints the stack.
  error.stack = error.message;
  throw error;
}

const { default: transform } = await import((isCheckout ? source : compiled).href);
export default transform;
