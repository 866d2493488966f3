/**
 * The corpus of compared worlds: `diff-cases/NAME/old.wit` and `new.wit` give `expected.txt`. With BLESS=1 in the
 * environment the run writes what it finds instead of comparing it; read the difference before you commit it.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { decodeComponentType } from "../../host/component/component-type.ts";
import { type Change, diffWorlds } from "../../host/wit/diff/diff.ts";
import { formatChanges } from "../../host/wit/diff/diff-format.ts";
import type { World } from "../../host/wit/model.ts";
import { componentTypeOf, dummyModule } from "../support/oracle.ts";

const folder = fileURLToPath(new URL("diff-cases", import.meta.url));
const names = readdirSync(folder).sort();
const bless = process.env.BLESS === "1";

function worldOf(name: string, file: string): World {
  return decodeComponentType(componentTypeOf(dummyModule(readFileSync(`${folder}/${name}/${file}`, "utf8"))))
    .world;
}

function changesOf(name: string): Change[] {
  return diffWorlds(worldOf(name, "old.wit"), worldOf(name, "new.wit"));
}

function has(changes: readonly Change[], verdict: Change["verdict"]): boolean {
  return changes.some((change) => change.verdict === verdict);
}

describe("worlds compared", () => {
  test.each(names)("%s", (name) => {
    const text = formatChanges(changesOf(name));
    const expected = `${folder}/${name}/expected.txt`;
    if (bless) writeFileSync(expected, text);
    expect(text).toBe(readFileSync(expected, "utf8"));
  });

  test("more of them break callers than not", () => {
    const all = names.map(changesOf);
    const breaking = all.filter((changes) => has(changes, "breaking"));
    const compatible = all.filter((changes) => !has(changes, "breaking") && has(changes, "compatible"));
    expect(all.length).toBeGreaterThanOrEqual(80);
    expect(breaking.length).toBeGreaterThan(compatible.length);
  });
});
