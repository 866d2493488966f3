/** Beginning of a run of these tests: their programs are there, or it is said which are not, and the console is as it ships. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { bundleConsole } from "../../tools/bundle/console-bundle.ts";
import { mayMakeNamespaces } from "./nats/network-namespaces.ts";
import { missingPackages, mustBeThere } from "./packages.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Programs whose tests are left out. */
    readonly missing: readonly string[];
    /** Folder of the console as the package has it. */
    readonly console: string;
    /** Networks can be made and cut. */
    readonly networks: boolean;
  }
}

/** Throws where a program is missing that can be asked for. */
export default async function prepare(project: TestProject): Promise<() => Promise<void>> {
  const missing = missingPackages();
  if (missing.length > 0 && mustBeThere()) {
    const names = missing.map((each) => each.package).join(" ");
    throw new Error(`These tests need Debian packages: apt-get install --no-install-recommends ${names}`);
  }
  project.provide(
    "missing",
    missing.map(({ program }) => program),
  );
  const folder = await mkdtemp(join(tmpdir(), "hotcell-console-"));
  await bundleConsole(folder);
  project.provide("console", folder);
  project.provide("networks", mayMakeNamespaces());
  return () => rm(folder, { recursive: true });
}
