/** Beginning of a run of these tests: their programs are there, or it is said which are not. */
import type { TestProject } from "vitest/node";
import { missingPackages, mustBeThere } from "./packages.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Programs whose tests are left out. */
    readonly missing: readonly string[];
  }
}

/** Throws where a program is missing that can be asked for. */
export default function requirePackages(project: TestProject): void {
  const missing = missingPackages();
  if (missing.length > 0 && mustBeThere()) {
    const names = missing.map((each) => each.package).join(" ");
    throw new Error(`These tests need Debian packages: apt-get install --no-install-recommends ${names}`);
  }
  project.provide(
    "missing",
    missing.map(({ program }) => program),
  );
}
