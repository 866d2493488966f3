/** Last line of `npm test`: names the tests that were not run, where this machine has not got their programs. */
import { existsSync } from "node:fs";
import { mayMakeNamespaces } from "./nats/network-namespaces.ts";
import { missingPackages } from "./packages.ts";

for (const { package: name, tests } of missingPackages())
  console.log(`Not run: ${tests}, which needs the Debian package ${name}.`);

if (!mayMakeNamespaces())
  console.log(
    "Not run: test/system/nats/partition.test.ts, which makes network namespaces (root, CAP_NET_ADMIN).",
  );

const packages = {
  "api-docs": "test/describe/client-types.test.ts and test/docs/api-reference.test.ts",
  embedders: "test/embedding/examples.test.ts on Node 24",
  mcp: "test/http/routes/mcp/clients.test.ts and conformance.test.ts",
};
for (const [name, tests] of Object.entries(packages)) {
  if (existsSync(new URL(`../../tools/${name}/node_modules`, import.meta.url))) continue;
  console.log(`Not run: ${tests}, which needs \`npm ci --prefix tools/${name}\`.`);
}
