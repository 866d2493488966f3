/** What host/engine/engine.ts promises, run over every engine. */
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import type { Cell, Engine, HostImports } from "../../host/engine/engine.ts";
import { ComponentError, HotcellError, TrapError } from "../../host/errors.ts";
import {
  importing,
  named,
  numbered,
  resourceful,
  stillborn,
  ticketed,
  trapping,
  values,
} from "../guests/engine-components.ts";
import { thrownBy } from "../support/thrown.ts";

const supplied = {
  $root: { getOffset: () => 5 },
  "demo:host/lookup@1.0.0": { findIt: (key: string) => `${key}!` },
  "demo:host/lookup@2.0.0": { findIt: (key: number) => key * 2 },
} satisfies HostImports;

export function testEngine(engine: Engine): void {
  afterAll(() => engine.close());

  describe("calls", async () => {
    const cell = (await engine.compile(values)).instantiate({});
    const echo = cell.function("echo");

    test("strings cross in both encodings", () => {
      for (const text of [
        "",
        "plain",
        "naïve 👋🏽 e\u0301",
        "a\0b",
        "中文",
        "x".repeat(1 << 20),
        "👋".repeat(50_000),
      ])
        for (const name of ["echo", "echo-utf8"]) expect(cell.function(name)(text) === text, name).toBe(true);
    });

    test("any well-formed string crosses", () => {
      const text = fc.string({ unit: "binary" }).filter((s) => !s.startsWith("\ufeff"));
      fc.assert(fc.property(text, (s) => echo(s) === s));
    });

    test("lists of numbers are typed arrays", () => {
      expect(cell.function("numbers")([1, 2, 0xffffffff])).toEqual(Uint32Array.of(1, 2, 0xffffffff));
      expect(cell.function("numbers")(new Uint32Array())).toEqual(new Uint32Array());
      expect(cell.function("bytes")(Uint8Array.of(1, 255))).toEqual(Uint8Array.of(1, 255));
    });

    test("records have camelCase fields", () => {
      const item = { itemCount: 3, label: "tea" };
      expect(cell.function("record")(item)).toEqual(item);
    });

    test("a top-level result is returned with its tag", () => {
      const divide = cell.function("divide");
      expect(divide(7, 2)).toEqual({ tag: "ok", val: 3 });
      expect(divide(7, 0)).toEqual({ tag: "err", val: "no!" });
      expect(cell.function("check")(false)).toEqual({ tag: "ok" });
      expect(cell.function("check")(true)).toEqual({ tag: "err" });
      expect(cell.alive).toBe(true);
    });

    test("functions of an interface go by its full name", () => {
      expect(cell.function("demo:calc/math@1.0.0#double-it")(1n << 40n)).toBe(1n << 41n);
      expect(() => cell.function("math#double-it")).toThrow(TypeError);
    });

    test("resources: constructor, method and static function", async () => {
      const cell = (await engine.compile(resourceful)).instantiate({});
      const member = (name: string) => cell.function(`demo:count/counters#${name}`);
      const value = member("[method]counter.get-value");
      expect(value(member("[constructor]counter")(7))).toBe(7);
      expect(value(member("[static]counter.the-answer")())).toBe(42);
    });

    test("resources without functions: of a class, or of none where none are made", async () => {
      const compiled = await engine.compile(ticketed);
      class Ticket {
        readonly value = 7;
      }
      const issue = () => new Ticket();
      const read = ({ value }: Ticket) => value;
      const tickets = { Ticket, issue, read } as unknown as HostImports[string];
      expect(compiled.instantiate({ "demo:ticket/tickets": tickets }).function("go")(true)).toBe(7);
      const never = { issue, read } as unknown as HostImports[string];
      expect(compiled.instantiate({ "demo:ticket/tickets": never }).function("go")(false)).toBe(0);
    });

    test("names that mean something in JavaScript are only names", async () => {
      expect(cell.function("demo:calc/math@1.0.0#constructor")()).toEqual(expect.any(Number));
      const names = [
        "then",
        "constructor",
        "prototype",
        "to-string",
        "has-own-property",
        "default",
        "await",
        "class",
      ];
      const globals = [
        "web-assembly",
        "promise",
        "error",
        "symbol",
        "data-view",
        "object",
        "global-this",
        "imports",
      ];
      const odd = (await engine.compile(named([...names, ...globals]))).instantiate({});
      for (const name of [...names, ...globals]) expect(odd.function(name)()).toBeUndefined();
      for (const name of ["toString", "hasOwnProperty", "__proto__", ""])
        expect(() => odd.function(name)).toThrow(TypeError);
    });
  });

  describe("cells", () => {
    test("each has its own state", async () => {
      const compiled = await engine.compile(values);
      const [one, other] = [compiled.instantiate({}), compiled.instantiate({})];
      const count = (cell: Cell) => cell.function("count")();
      expect([count(one), count(one), count(other), count(one)]).toEqual([1, 2, 1, 3]);
    });

    test("a disposed one refuses calls", async () => {
      const cell = (await engine.compile(values)).instantiate({});
      const count = cell.function("count");
      cell.dispose();
      expect(cell.alive).toBe(false);
      expect(thrownBy(count)).toMatchObject({ code: "closed" });
    });

    test("a start function that traps is a trap", async () => {
      const compiled = await engine.compile(stillborn);
      expect(thrownBy(() => compiled.instantiate({}))).toBeInstanceOf(TrapError);
    });
  });

  describe("traps", () => {
    test.for([
      ["unreachable", /unreachable/],
      ["recurse", /call stack/],
      ["out-of-bounds", /out of bounds/],
      ["divide-by-zero", /zero/],
      ["throw", /exception/],
      ["throw-result", /exception/],
      ["bad-pointer", /outside its memory/],
      ["bad-char", /char/],
    ] as const)("%s ends its cell and no other", async ([name, reason]) => {
      const compiled = await engine.compile(trapping);
      const [cell, other] = [compiled.instantiate({}), compiled.instantiate({})];
      const count = cell.function("count");
      count();
      const error = thrownBy(cell.function(name));
      expect(error).toBeInstanceOf(TrapError);
      expect(error).toMatchObject({ facts: { subject: name }, message: expect.stringMatching(reason) });
      expect((error as TrapError).message).not.toMatch(/\.ts|\.js|file:|node_modules/);
      expect(cell.alive).toBe(false);
      expect(thrownBy(count)).toMatchObject({ code: "closed" });
      expect(other.function("count")()).toBe(1);
      expect(compiled.instantiate({}).function("count")()).toBe(1);
    });
  });

  describe("imports", () => {
    const start = async (changed: HostImports = {}) =>
      (await engine.compile(importing)).instantiate({ ...supplied, ...changed });

    test("of the world and of two versions of an interface", async () => {
      const cell = await start();
      expect(cell.function("offset")()).toBe(5);
      expect(cell.function("find-old")("kéy")).toBe("kéy!");
      expect(cell.function("find-new")(4)).toEqual({ tag: "ok", val: 8 });
    });

    test("a ComponentError is the err of an import that has one", async () => {
      const findIt = () => {
        throw new ComponentError(404, "not found");
      };
      const cell = await start({ "demo:host/lookup@2.0.0": { findIt } });
      expect(cell.function("find-new")(4)).toEqual({ tag: "err", val: 404 });
      expect(cell.alive).toBe(true);
    });

    test.for(["$root", "demo:host/lookup@1.0.0"])("what is not supplied is named: %s", async (group) => {
      const { [group as "$root"]: _, ...rest } = supplied as HostImports;
      const compiled = await engine.compile(importing);
      expect(thrownBy(() => compiled.instantiate(rest as HostImports))).toMatchObject({
        code: "unknown-import",
        facts: { subject: group === "$root" ? "get-offset" : `${group}#find-it` },
      });
    });

    test("what is inherited is not supplied", async () => {
      await expect(start({ $root: Object.create({ getOffset: () => 5 }) })).rejects.toMatchObject({
        code: "unknown-import",
      });
    });

    test.for([
      [
        "a catalogued error passes through",
        new HotcellError("import-not-granted", "no"),
        "import-not-granted",
      ],
      ["any other error is our fault", new Error("disk /secret/path"), "fault"],
      ["so is what is no error", undefined, "fault"],
    ] as const)("a host function fails: %s", async ([, thrown, code]) => {
      const getOffset = () => {
        throw thrown;
      };
      for (const name of ["offset", "stubborn"]) {
        const cell = await start({ $root: { getOffset } });
        const error = thrownBy(cell.function(name));
        expect(error).toMatchObject({ code });
        expect((error as Error).message).not.toContain("secret");
        expect(cell.alive).toBe(false);
      }
    });

    test("a host function that returns a promise without having said so is at fault", async () => {
      const cell = await start({ $root: { getOffset: () => Promise.resolve(5) } });
      expect(thrownBy(cell.function("offset"))).toMatchObject({ code: "fault" });
      expect(cell.alive).toBe(false);
    });

    test("a call back into the running cell is refused", async () => {
      const back: { call?: () => unknown } = {};
      const cell = await start({ $root: { getOffset: () => back.call?.() } });
      back.call = () => cell.function("find-old")("x");
      expect(thrownBy(cell.function("offset"))).toMatchObject({ code: "fault", message: /reentrant/ });
      expect(cell.alive).toBe(false);
    });

    test("disposing of the running cell lets its call finish", async () => {
      const running: { cell?: Cell } = {};
      const getOffset = () => {
        running.cell?.dispose();
        return 9;
      };
      running.cell = await start({ $root: { getOffset } });
      expect(running.cell.function("offset")()).toBe(9);
      expect(running.cell.alive).toBe(false);
    });
  });

  describe("compiling", () => {
    test("the same bytes give the same compiled component", async () => {
      const [one, other] = await Promise.all([engine.compile(numbered(1)), engine.compile(numbered(1))]);
      expect(one).toBe(other);
      expect(await engine.compile(numbered(1))).toBe(one);
    });

    test("many at once", async () => {
      const numbers = Array.from({ length: 12 }, (_, i) => 100 + i);
      const compiled = await Promise.all(numbers.map((n) => engine.compile(numbered(n))));
      expect(compiled.map((c) => c.instantiate({}).function("number")())).toEqual(numbers);
    });
  });
}
