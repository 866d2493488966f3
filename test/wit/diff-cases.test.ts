/**
 * The corpus of compared worlds: `diff-cases/NAME/old.wit` and `new.wit` give `expected.txt`. With BLESS=1 in the
 * environment the run writes what it finds instead of comparing it; read the difference before you commit it.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type Change, diffWorlds } from "../../host/wit/diff/diff.ts";
import { formatChanges } from "../../host/wit/diff/diff-format.ts";
import { diffCases, diffCasesFolder, diffCaseWorld } from "./diff-corpus.ts";

const bless = process.env.BLESS === "1";

function changesOf(name: string): Change[] {
  return diffWorlds(diffCaseWorld(name, "old.wit"), diffCaseWorld(name, "new.wit"));
}

function has(changes: readonly Change[], verdict: Change["verdict"]): boolean {
  return changes.some((change) => change.verdict === verdict);
}

describe("worlds compared", () => {
  test.each(diffCases)("%s", (name) => {
    const text = formatChanges(changesOf(name));
    const expected = `${diffCasesFolder}/${name}/expected.txt`;
    if (bless) writeFileSync(expected, text);
    expect(text).toBe(readFileSync(expected, "utf8"));
  });

  test("more of them break callers than not", () => {
    const all = diffCases.map(changesOf);
    const breaking = all.filter((changes) => has(changes, "breaking"));
    const compatible = all.filter((changes) => !has(changes, "breaking") && has(changes, "compatible"));
    expect(all.length).toBeGreaterThanOrEqual(80);
    expect(breaking.length).toBeGreaterThan(compatible.length);
  });
});
