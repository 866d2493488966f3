import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { serve } from "../../host/cli/verbs/serve.ts";

const page = readFileSync(new URL("../../docs/settings.md", import.meta.url), "utf8");

it("lists the options and variables that a server's help does", () => {
  const listed = [...page.matchAll(/^\| `(--[\w-]+)` \| `(HOTCELL_\w+)` \|/gm)].map((row) => row.slice(1));
  const told = [...serve.help.matchAll(/^ {2}(--[\w-]+) .*?(HOTCELL_\w+)/gm)].map((line) => line.slice(1));
  expect(told.length).toBeGreaterThan(10);
  expect(listed.toSorted()).toEqual(told.toSorted());
});
