import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { missingPackages, systemPackages } from "./packages.ts";

it("CI installs the packages that these tests need", () => {
  const script = readFileSync(new URL("../../.ci/run", import.meta.url), "utf8");
  for (const { program, package: name } of systemPackages) {
    expect(script).toMatch(new RegExp(`^needs ${program} ${name}$`, "m"));
  }
});

it("a machine without the programs is told which tests were not run", () => {
  const path = process.env.PATH;
  try {
    process.env.PATH = "/nowhere";
    expect(missingPackages()).toEqual(systemPackages);
  } finally {
    process.env.PATH = path;
  }
});
