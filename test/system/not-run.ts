/** Last line of `npm test`: names the tests that were not run, where this machine has not got their programs. */
import { missingPackages } from "./packages.ts";

for (const { package: name, tests } of missingPackages())
  console.log(`Not run: ${tests}, which needs the Debian package ${name}.`);
