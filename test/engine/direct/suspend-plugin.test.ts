import { setImmediate as turn } from "node:timers/promises";
import { afterAll, expect, test } from "vitest";
import { inspectComponent } from "../../../host/component/inspect.ts";
import { createDirectEngine } from "../../../host/engine/direct/direct-engine.ts";
import type { HostImports } from "../../../host/engine/engine.ts";
import { ComponentError, TrapError } from "../../../host/errors.ts";
import { buildComponent, removeTemporaryFolders } from "../../support/plugin-build.ts";

afterAll(removeTemporaryFolders);

const wit = `package acme:shop@1.0.0;
  interface db {
    record row { id: u32, name: string, tags: list<string> }
    query: func(sql: string) -> list<row>;
    save: func(name: string) -> result<u32, string>;
    resource cursor { constructor(sql: string); next: func() -> option<string>; }
  }
  world shop {
    import db;
    export names: func(sql: string, times: u32) -> list<string>;
    export save: func(name: string) -> result<u32, string>;
    export walk: func(sql: string) -> string;
    export fail: func() -> string;
    export count: func() -> u32;
  }`;

const source = `
  import { query, save as saveRow, Cursor } from "acme:shop/db@1.0.0";
  import { Result } from "wit-types";
  let calls: u32 = 0;
  export function names(sql: string, times: u32): string[] {
    calls++;
    const found: string[] = [];
    for (let i: u32 = 0; i < times; i++) {
      const rows = query(sql + i.toString());
      for (let k = 0; k < rows.length; k++) found.push(rows[k].name + rows[k].tags.join("+"));
    }
    return found;
  }
  export function save(name: string): Result<u32, string> { return saveRow(name); }
  export function walk(sql: string): string {
    const cursor = new Cursor(sql);
    let text = "";
    while (true) {
      const next = cursor.next();
      if (next === null) break;
      text += next;
    }
    return text;
  }
  export function fail(): string {
    const rows = query("none");
    return rows[5].name;
  }
  export function count(): u32 { return calls; }`;

class Cursor {
  readonly #letters: string[];
  constructor(sql: string) {
    this.#letters = [...sql];
  }
  async next(): Promise<string | undefined> {
    await turn();
    return this.#letters.shift();
  }
}

const imports = {
  "acme:shop/db@1.0.0": {
    query: async (sql: string) => {
      await turn();
      return sql === "none"
        ? []
        : Array.from({ length: 30 }, (_, id) => ({ id, name: `${sql}:${id}`, tags: ["ä", "b"] }));
    },
    save: async (name: string) => {
      await turn();
      if (name === "") throw new ComponentError("no name", "A name is needed.");
      return name.length;
    },
    Cursor,
  },
} as unknown as HostImports;

test("a plugin built by asc waits for asynchronous host functions", async () => {
  const bytes = await buildComponent({
    files: { "wit/world.wit": wit, "assembly/index.ts": source },
    options: ["--debug", "--use", "hotcell.gc=torture"],
  });
  const compiled = await createDirectEngine().compile(inspectComponent(bytes));
  const [a, b] = [compiled.instantiate(imports), compiled.instantiate(imports)];
  expect(a.suspends).toBe(true);
  const names = (sql: string, times: number) =>
    Array.from({ length: times * 30 }, (_, i) => `${sql}${Math.floor(i / 30)}:${i % 30}ä+b`);
  const both = await Promise.all([a.function("names")("x", 3), b.function("names")("y", 2)]);
  expect(both).toEqual([names("x", 3), names("y", 2)]);
  expect(await a.function("count")()).toBe(1);
  expect(await a.function("save")("abc")).toEqual({ tag: "ok", val: 3 });
  expect(await a.function("save")("")).toEqual({ tag: "err", val: "no name" });
  expect(await a.function("walk")("grüße")).toBe("grüße");

  const error = await (b.function("fail")() as Promise<unknown>).then(undefined, (e: unknown) => e);
  expect(error).toBeInstanceOf(TrapError);
  expect((error as TrapError).message).toMatch(/while calling "fail": Index out of range/);
  expect((error as TrapError).facts.extra?.stack).toContainEqual(
    expect.stringMatching(/^fail \(assembly\/index\.ts:27\)$/),
  );
});
