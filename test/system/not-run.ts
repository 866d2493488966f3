/** Last line of `npm test`: names the tests that were not run, where this machine has not got their programs. */
import { existsSync } from "node:fs";
import { missingPackages } from "./packages.ts";

for (const { package: name, tests } of missingPackages())
  console.log(`Not run: ${tests}, which needs the Debian package ${name}.`);

if (!existsSync(new URL("../../tools/api-docs/node_modules", import.meta.url)))
  console.log("Not run: test/describe/client-types.test.ts, which needs `npm ci --prefix tools/api-docs`.");
