/** Worlds with thousands of names, as an uploader may make them: written out whole, or refused by their length. */
import { describe, expect, test } from "vitest";
import { inspectComponent } from "../../host/component/inspect.ts";
import { diffWorlds } from "../../host/wit/diff/diff.ts";
import type { World } from "../../host/wit/model.ts";
import { printWorld } from "../../host/wit/text/print.ts";
import { many, text } from "../guests/hostile-text.ts";

const world = (...parts: readonly (string | string[])[]): World =>
  inspectComponent(text(parts.flat().join("\n"))()).world;

const count = 5_000;

/** Thousands of interfaces that each have a type `t`, and a function that takes all of them. */
const equalNames = world(
  `(type $in (instance (type $t' (record (field "a" u8))) (export "t" (type (eq $t')))))`,
  many(count, (i) => `(import "a:b/i${i}" (instance $i${i} (type $in)))`),
  many(count, (i) => `(alias export $i${i} "t" (type $t${i}))`),
  many(10, (k) => `(type $u${k} (tuple ${many(count / 10, (i) => `$t${(k * count) / 10 + i}`).join(" ")}))`),
  `(type $f (func ${many(10, (k) => `(param "p${k}" $u${k})`).join(" ")})) (import "f" (func (type $f)))`,
);

describe("a world", () => {
  test("of thousands of equal names gives each of them another one", () => {
    const lines = printWorld(equalNames).split("\n");
    const uses = lines.filter((line) => line.startsWith("  use "));
    expect(uses).toHaveLength(count);
    expect(uses[0]).toBe("  use a:b/i0.{t};");
    expect(uses[1]).toBe("  use a:b/i1.{t as t2};");
    expect(uses.at(-1)).toBe(`  use a:b/i${count - 1}.{t as t${count}};`);
    const used = new Set(lines.find((line) => line.includes("import f:"))!.match(/\bt\d*\b/g));
    expect(used.size).toBe(count);
  });

  test("whose names with numbers are taken already is written with those that are not", () => {
    const taken = world(
      `(type $in (instance (type $t' (record (field "a" u8))) (export "t" (type (eq $t')))))`,
      many(
        3,
        (i) => `(import "a:b/i${i}" (instance $i${i} (type $in))) (alias export $i${i} "t" (type $t${i}))`,
      ),
      `(import "t" (func)) (import "t2" (func)) (import "t4" (func))`,
      `(import "f" (func (param "a" (tuple $t0 $t1 $t2))))`,
    );
    expect(printWorld(taken)).toContain("import f: func(a: tuple<t3, t5, t6>);");
  });

  test("of thousands of resources has each with its functions", () => {
    const resources = world(
      many(1_200, (i) => `(import "r${i}" (type $r${i} (sub resource)))`),
      many(1_200, (i) => `(type $b${i} (borrow $r${i})) (type $f${i} (func (param "self" $b${i})))`),
      many(1_200, (i) => `(import "[method]r${i}.m" (func (type $f${i})))`),
    );
    expect(printWorld(resources).match(/resource r\d+ \{\n {4}m: func\(\);\n {2}\}/g)).toHaveLength(1_200);
  });

  /** What a type is called, ten thousand letters, is written wherever it is used. */
  const longName = (uses: number) => [
    `(type $e' (enum "a")) (import "e${"x".repeat(9_900)}" (type $e (eq $e')))`,
    `(type $uses (tuple ${many(uses, () => "$e").join(" ")}))`,
    `(type $f (func (param "a" $uses)))`,
    ...many(20, (i) => `(import "f${i}" (func (type $f)))`),
  ];

  test("whose names become gigabytes is refused by their length", () => {
    expect(() => printWorld(world(longName(2_000)))).toThrow(
      expect.objectContaining({
        code: "component-limit",
        facts: expect.objectContaining({
          limit: 4 * 1024 * 1024,
          actual: expect.stringMatching(/^at least 4\d{6}$/),
          remedy: expect.any(String),
        }),
      }),
    );
    expect(printWorld(world(longName(10))).length).toBeGreaterThan(1_900_000);
  });

  test("of long names is told apart from another one in a few texts of some thousand letters", () => {
    const before = world(longName(2_000));
    const after = world(longName(1_999));
    for (const changes of [diffWorlds(before, after), diffWorlds(after, before)]) {
      expect(changes.length).toBeGreaterThan(0);
      expect(JSON.stringify(changes).length).toBeLessThan(1_000_000);
    }
  });

  test("of thousands of equal names differs from one without them in a few changes", () => {
    const none: World = { ...equalNames, imports: [] };
    for (const changes of [diffWorlds(none, equalNames), diffWorlds(equalNames, none)])
      expect(changes.length).toBeLessThan(110);
    expect(diffWorlds(equalNames, equalNames)).toEqual([]);
  });
});
