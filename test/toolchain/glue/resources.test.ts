import fc from "fast-check";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { ComponentError } from "../../../host/errors.ts";
import { removeTemporaryFolders } from "../../support/plugin-build.ts";
import { builds } from "./builds.ts";
import { Bucket, type Plugin, start } from "./plugin-cell.ts";

afterAll(removeTemporaryFolders);
beforeEach(() => {
  Bucket.log.length = 0;
});

/** Every way in which a handle can lie inside another value. */
const shapes = {
  list: ["list<bucket>", "Array<Bucket>"],
  record: ["labelled", "Labelled"],
  variant: ["place", "Place"],
  option: ["option<bucket>", "Bucket | null"],
  nested: ["option<option<bucket>>", "Option<Bucket | null>"],
  result: ["tuple<result<bucket, string>>", "Tuple1<Result<Bucket, string>>"],
  tuple: ["tuple<u8, bucket, u64>", "Tuple3<u8, Bucket, u64>"],
  "records-in-list": ["list<labelled>", "Array<Labelled>"],
} as const;
const shapeNames = Object.keys(shapes) as (keyof typeof shapes)[];
const camel = (name: string) => name.replace(/-(.)/g, (_, c: string) => c.toUpperCase());

const importing = {
  wit: `package t:kv@1.0.0;
    interface store {
      resource bucket {
        constructor(name: string);
        open: static func(name: string) -> result<bucket, string>;
        get: func(key: string) -> option<string>;
        put: func(key: string, value: string);
        delete: func(key: string) -> bool;
      }
      resource cursor { constructor(b: borrow<bucket>) -> result<cursor, string>; next: func() -> option<string>; }
      name-of: func(b: borrow<bucket>) -> string;
      absorb: func(all: list<bucket>) -> u32;
      record labelled { label: string, bucket: bucket }
      variant place { nowhere, here(bucket), there(tuple<bucket, string>) }
      ${shapeNames.map((name) => `host-${name}: func(v: ${shapes[name][0]}) -> ${shapes[name][0]};`).join("\n")}
    }
    interface guest {
      use store.{bucket, labelled, place};
      fill: func(name: string) -> string;
      open: func(name: string) -> result<bucket, string>;
      read-all: func(b: bucket) -> list<string>;
      copy: func(source: borrow<bucket>, target: borrow<bucket>, key: string) -> bool;
      first-of: func(all: list<borrow<bucket>>) -> option<string>;
      scoped: func(names: list<string>) -> u32;
      absorb: func(names: list<string>) -> u32;
      keep: func(b: borrow<bucket>);
      kept-is-live: func() -> bool;
      misuse: func(what: string, mine: bucket, lent: borrow<bucket>);
      ${shapeNames.map((name) => `echo-${name}: func(v: ${shapes[name][0]}) -> ${shapes[name][0]};\nrelay-${name}: func(v: ${shapes[name][0]}) -> ${shapes[name][0]};`).join("\n")}
    }
    world plugin { import store; export guest; }`,
  source: `
    import * as store from "t:kv/store@1.0.0";
    import { Bucket, Cursor, Labelled, Place } from "t:kv/store@1.0.0";
    import { dropAll, Option, Result, Scope, Tuple1, Tuple3 } from "wit-types";
    export function fill(name: string): string {
      const bucket = new Bucket(name);
      bucket.put("greeting", "Grüße, " + store.nameOf(bucket));
      const read = bucket.get("greeting")!;
      assert(bucket.delete("greeting") && bucket.get("greeting") == null);
      bucket.drop();
      bucket.drop();
      assert(!bucket.isLive);
      return read;
    }
    export function open(name: string): Result<Bucket, string> { return Bucket.open(name); }
    export function readAll(b: Bucket): string[] {
      const all: string[] = [];
      const opened = Cursor.create(b);
      if (opened.isErr) return [opened.unwrapErr()];
      const cursor = opened.unwrap();
      for (let key = cursor.next(); key !== null; key = cursor.next()) all.push(key + "=" + b.get(key)!);
      cursor.drop();
      b.drop();
      return all;
    }
    export function copy(source: Bucket, target: Bucket, key: string): bool {
      const value = source.get(key);
      if (value === null) return false;
      target.put(key, value);
      source.drop();
      return true;
    }
    export function firstOf(all: Bucket[]): string | null { return all.length ? store.nameOf(all[0]) : null; }
    export function scoped(names: string[]): u32 {
      const scope = new Scope();
      for (let i = 0; i < names.length; i++) scope.add(new Bucket(names[i])).put("a", "b");
      scope.drop();
      return names.length;
    }
    export function absorb(names: string[]): u32 {
      const all = names.map<Bucket>((name) => new Bucket(name));
      const count = store.absorb(all);
      dropAll(all);
      return count;
    }
    let kept: Bucket | null = null;
    export function keep(b: Bucket): void { kept = b; }
    export function keptIsLive(): bool { return kept!.isLive; }
    export function misuse(what: string, own: Bucket, lent: Bucket): void {
      if (what == "dropped") { own.drop(); own.get("a"); }
      if (what == "given") { store.absorb([own]); own.get("a"); }
      if (what == "given twice") store.absorb([own, own]);
      if (what == "lent given") store.absorb([lent]);
      if (what == "kept") kept!.get("a");
    }
    ${shapeNames
      .map((name) => {
        const as = shapes[name][1];
        const [echo, relay, host] = ["echo", "relay", "host"].map((verb) => camel(`${verb}-${name}`));
        return `export function ${echo}(v: ${as}): ${as} { return v; }
          export function ${relay}(v: ${as}): ${as} { return store.${host}(v); }`;
      })
      .join("\n")}
  `,
};

function storeImports() {
  class Cursor {
    readonly #keys: Iterator<string>;
    constructor(bucket: Bucket) {
      if (bucket.entries.size === 0) throw new ComponentError("empty", "There is nothing to read.");
      this.#keys = bucket.entries.keys();
    }
    next(): string | undefined {
      return this.#keys.next().value;
    }
    [Symbol.dispose](): void {
      Bucket.log.push("drop cursor");
    }
  }
  const echoes = shapeNames.map((name) => [camel(`host-${name}`), (value: unknown) => value] as const);
  return {
    "t:kv/store@1.0.0": {
      Bucket,
      Cursor,
      nameOf: (bucket: Bucket) => bucket.name,
      absorb: (all: Bucket[]) => all.length,
      ...Object.fromEntries(echoes),
    },
  };
}

const bucket = fc.string({ maxLength: 4 }).map((name) => new Bucket(name));
const labelled = fc.record({ label: fc.string({ maxLength: 4 }), bucket });
const none = fc.constant({ tag: "none" });
const some = (values: fc.Arbitrary<unknown>) => values.map((val) => ({ tag: "some", val }));
const values: Readonly<Record<keyof typeof shapes, fc.Arbitrary<unknown>>> = {
  list: fc.array(bucket, { maxLength: 4 }),
  record: labelled,
  variant: fc.oneof(
    fc.constant({ tag: "nowhere" }),
    bucket.map((val) => ({ tag: "here", val })),
    fc.tuple(bucket, fc.string({ maxLength: 3 })).map((val) => ({ tag: "there", val })),
  ),
  option: fc.option(bucket, { nil: undefined }),
  nested: fc.oneof(none, some(fc.option(bucket, { nil: undefined }))),
  result: fc.tuple(
    fc.oneof(
      bucket.map((val) => ({ tag: "ok", val })),
      fc.string({ maxLength: 3 }).map((val) => ({ tag: "err", val })),
    ),
  ),
  tuple: fc.tuple(fc.nat(255), bucket, fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })),
  "records-in-list": fc.array(labelled, { maxLength: 3 }),
};

function bucketsIn(value: unknown): Bucket[] {
  if (value instanceof Bucket) return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(bucketsIn) : [];
}

describe.each(Object.entries(builds))("an imported resource: %s", (_, options) => {
  let started: Promise<Plugin> | undefined;
  const fresh = () => start(importing.wit, importing.source, storeImports(), options);
  const plugin = async () => {
    started ??= fresh();
    const { function: find } = await started;
    return (name: string, ...args: unknown[]) => find(`t:kv/guest@1.0.0#${name}`)(...args);
  };

  test("is made, used by its methods, lent and dropped once", async () => {
    const call = await plugin();
    expect(call("fill", "é🌍")).toBe("Grüße, é🌍");
    expect(Bucket.log).toEqual(["new é🌍", "drop é🌍"]);
  });

  test("comes from static functions, and goes out as a result's own", async () => {
    const call = await plugin();
    expect(call("open", "b")).toEqual({ tag: "ok", val: expect.any(Bucket) });
    expect(call("open", "")).toEqual({ tag: "err", val: "no name" });
    expect(Bucket.log).toEqual(["new b"]);
  });

  test("has create() where its constructor may fail", async () => {
    const call = await plugin();
    expect(call("read-all", new Bucket("empty"))).toEqual(["empty"]);
    const full = new Bucket("full");
    full.put("a", "1");
    full.put("b", "2");
    Bucket.log.length = 0;
    expect(call("read-all", full)).toEqual(["a=1", "b=2"]);
    expect(Bucket.log).toEqual(["drop cursor", "drop full"]);
  });

  test("is given back at the end of the call it was lent to, or before", async () => {
    const call = await plugin();
    const [from, to] = [new Bucket("from"), new Bucket("to")];
    from.put("k", "v");
    expect(call("copy", from, to, "k")).toBe(true);
    expect(to.get("k")).toBe("v");
    expect(call("copy", from, to, "other")).toBe(false);
    expect(call("first-of", [to, from])).toBe("to");
    expect(call("first-of", [])).toBeUndefined();
    expect(Bucket.log).toEqual(["new from", "new to"]);
    call("keep", from);
    expect(call("kept-is-live")).toBe(false);
  });

  test("many are dropped by a Scope, in the order of making reversed, or by dropAll", async () => {
    const call = await plugin();
    expect(call("scoped", ["a", "b"])).toBe(2);
    expect(Bucket.log.splice(0)).toEqual(["new a", "new b", "drop b", "drop a"]);
    // What was given away is no longer there to be dropped.
    expect(call("absorb", ["a", "b"])).toBe(2);
    expect(Bucket.log).toEqual(["new a", "new b"]);
  });

  test.each([
    ["dropped", "Bucket was dropped already"],
    ["given", "Bucket was given away already"],
    ["given twice", "Bucket was given away already"],
    ["lent given", "Bucket is only lent to this call, it cannot be given away"],
    ["kept", "Bucket was only lent to a call that has ended"],
  ])("traps and says why when used wrongly: %s", async (what, message) => {
    const trapping = await fresh();
    const find = (name: string) => trapping.function(`t:kv/guest@1.0.0#${name}`);
    const lent = new Bucket("lent");
    find("keep")(lent);
    expect(trapping.abortOf(() => find("misuse")(what, new Bucket("own"), lent))).toContain(message);
  });

  test.each(shapeNames)("keeps its identity inside a %s, both ways and through an import", async (name) => {
    const call = await plugin();
    fc.assert(
      fc.property(values[name], (value) => {
        for (const verb of ["echo", "relay"]) {
          const back = call(`${verb}-${name}`, value);
          expect(back).toEqual(value);
          const pairs = bucketsIn(back).map((bucket, i) => bucket === bucketsIn(value)[i]);
          expect(pairs).not.toContain(false);
        }
      }),
      { numRuns: 20 },
    );
    expect(Bucket.log.filter((line) => line.startsWith("drop"))).toEqual([]);
  });
});

const exporting = {
  wit: `package t:shop@1.0.0;
    interface carts {
      resource cart {
        constructor(owner: string);
        try-open: static func(owner: string) -> result<cart, string>;
        add: func(item: string, count: u32) -> u32;
        items: func() -> list<tuple<string, u32>>;
        merge: func(other: cart);
        larger: func(other: borrow<cart>) -> bool;
        default: static func() -> cart;
      }
      resource ticket { constructor(n: s32) -> result<ticket, string>; number: func() -> s32; }
      record labelled { label: string, cart: cart }
      echo: func(c: cart) -> cart;
      echo-all: func(all: list<option<labelled>>) -> list<option<labelled>>;
      total: func(all: list<borrow<cart>>) -> u32;
      disposed: func() -> list<string>;
      churn: func(count: u32) -> u32;
    }
    interface audit { use carts.{cart as basket}; size: func(b: borrow<basket>) -> u32; make: func(owner: string) -> option<basket>; }
    world plugin { export carts; export audit; }`,
  source: `
    import { Labelled } from "t:shop/carts@1.0.0";
    import { Result, Tuple2 } from "wit-types";
    const gone: string[] = [];
    let favourite: Cart | null = null;
    class Counted { count: u32 = 0; add(item: string, count: u32): u32 { return (this.count += count); } }
    export class Cart extends Counted {
      private names: string[] = [];
      constructor(readonly owner: string) { super(); }
      static tryOpen(owner: string): Result<Cart, string> {
        return owner.length ? Result.ok<Cart, string>(new Cart(owner)) : Result.err<Cart, string>("no owner");
      }
      static default(): Cart {
        if (!favourite) favourite = new Cart("default");
        return favourite!;
      }
      override add(item: string, count: u32): u32 { this.names.push(item); return super.add(item, count); }
      items(): Tuple2<string, u32>[] { return this.names.map<Tuple2<string, u32>>((name, i) => new Tuple2<string, u32>(name, i)); }
      merge(other: Cart): void { this.count += other.count; this.names = this.names.concat(other.names); }
      larger(other: Cart): bool { return this.count > other.count; }
      dispose(): void { gone.push(this.owner); }
    }
    export class Ticket {
      private constructor(private n: i32) {}
      static create(n: i32): Result<Ticket, string> {
        return n < 0 ? Result.err<Ticket, string>("negative") : Result.ok<Ticket, string>(new Ticket(n));
      }
      number(): i32 { return this.n; }
    }
    export function echo(c: Cart): Cart { return c; }
    export function echoAll(all: Array<Labelled | null>): Array<Labelled | null> { return all; }
    export function total(all: Cart[]): u32 { let sum: u32 = 0; for (let i = 0; i < all.length; i++) sum += all[i].count; return sum; }
    export function disposed(): string[] { return gone.splice(0); }
    export function churn(count: u32): u32 {
      let sum: u32 = 0;
      for (let i: u32 = 0; i < count; i++) { const c = new Cart(i.toString()); sum += c.add("x".repeat(100), 1); }
      return sum;
    }
    export function size(b: Cart): u32 { return b.count; }
    export function make(owner: string): Cart | null { return owner.length ? new Cart(owner) : null; }
  `,
};

describe.each(Object.entries(builds))("an exported resource: %s", (_, options) => {
  let started: Promise<Plugin> | undefined;
  const plugin = async () => {
    started ??= start(exporting.wit, exporting.source, {}, options);
    const { function: find } = await started;
    const call = (name: string, ...args: unknown[]) => find(`t:shop/carts@1.0.0#${name}`)(...args);
    call("disposed");
    return {
      call,
      audit: (name: string, ...args: unknown[]) => find(`t:shop/audit@1.0.0#${name}`)(...args),
      cart: (owner: string) => call("[constructor]cart", owner) as Disposable,
    };
  };

  test("is the author's class: constructor, methods and inherited ones, statics", async () => {
    const { call, cart, audit } = await plugin();
    const a = cart("a");
    expect(call("[method]cart.add", a, "tea", 2)).toBe(2);
    expect(call("[method]cart.add", a, "milk", 3)).toBe(5);
    expect(call("[method]cart.items", a)).toEqual([
      ["tea", 0],
      ["milk", 1],
    ]);
    expect(audit("size", a)).toBe(5);
    const opened = call("[static]cart.try-open", "b") as { val: Disposable };
    expect(call("[method]cart.larger", a, opened.val)).toBe(true);
    expect(call("total", [opened.val, a])).toBe(5);
    expect(call("[static]cart.try-open", "")).toEqual({ tag: "err", val: "no owner" });
    const made = audit("make", "c") as Disposable;
    expect(audit("make", "")).toBeUndefined();
    for (const each of [a, opened.val, made]) each[Symbol.dispose]();
    expect(call("disposed")).toEqual(["a", "b", "c"]);
  });

  test("lives as long as the host has it, whatever is collected meanwhile", async () => {
    const { call, cart } = await plugin();
    const carts = Array.from({ length: 20 }, (_, i) => cart(`cart ${i}`));
    for (const [i, each] of carts.entries()) call("[method]cart.add", each, `item ${i}`, i);
    call("churn", 500);
    for (const [i, each] of carts.entries()) {
      expect(call("[method]cart.items", each)).toEqual([[`item ${i}`, 0]]);
      each[Symbol.dispose]();
    }
    expect(call("disposed")).toEqual(carts.map((_, i) => `cart ${i}`));
  });

  test("comes back as the author's instance, and without being disposed", async () => {
    const { call, cart } = await plugin();
    const [a, b] = [cart("a"), cart("b")];
    call("[method]cart.add", b, "tea", 4);
    call("[method]cart.merge", a, b);
    expect(call("[method]cart.items", a)).toEqual([["tea", 0]]);
    expect(() => call("total", [b])).toThrow();
    const again = call("echo", a) as Disposable;
    expect(call("total", [again])).toBe(4);
    expect(call("disposed")).toEqual([]);
    again[Symbol.dispose]();
    expect(call("disposed")).toEqual(["a"]);
  });

  test("is disposed when the last of several handles is dropped", async () => {
    const { call } = await plugin();
    const [one, two] = [call("[static]cart.default"), call("[static]cart.default")] as [
      Disposable,
      Disposable,
    ];
    call("[method]cart.add", one, "tea", 1);
    const sum = call("total", [two, one]);
    expect(sum).toBe(2 * (call("total", [one]) as number));
    one[Symbol.dispose]();
    expect(call("disposed")).toEqual([]);
    two[Symbol.dispose]();
    expect(call("disposed")).toEqual(["default"]);
  });

  test("lies inside other values", async () => {
    const { call, cart } = await plugin();
    const all = ["a", undefined, "c"].map((label) => label && { label, cart: cart(label) });
    const back = call("echo-all", all) as ({ label: string; cart: Disposable } | undefined)[];
    expect(back.map((each) => each?.label)).toEqual(["a", undefined, "c"]);
    for (const each of back) each?.cart[Symbol.dispose]();
    expect(call("disposed")).toEqual(["a", "c"]);
  });

  test("is made by create() where its constructor may fail", async () => {
    const { call } = await plugin();
    const made = call("[constructor]ticket", 7) as { val: Disposable };
    expect(call("[method]ticket.number", made.val)).toBe(7);
    made.val[Symbol.dispose]();
    expect(call("[constructor]ticket", -1)).toEqual({ tag: "err", val: "negative" });
  });
});

describe("resources here and there", () => {
  test("of an interface both imported and exported are two: a handle class, and the author's", async () => {
    const imports = { "t:kv/store": { Bucket } };
    const plugin = await start(
      `package t:kv;
       interface store {
         resource bucket { constructor(name: string); get: func(key: string) -> option<string>; put: func(key: string, value: string); }
         record named { name: string, bucket: bucket }
       }
       interface admin { use store.{bucket, named}; wrap: func(n: named) -> bucket; }
       world cache { import store; export store; export admin; }`,
      `import { Bucket as Upstream } from "t:kv/store";
       import { Named } from "export:t:kv/store";
       export class Bucket {
         private seen: Map<string, string> = new Map();
         private upstream: Upstream;
         hits: u32 = 0;
         constructor(name: string) { this.upstream = new Upstream(name); }
         get(key: string): string | null {
           if (this.seen.has(key)) { this.hits++; return "cached " + this.seen.get(key); }
           const value = this.upstream.get(key);
           if (value) this.seen.set(key, value);
           return value;
         }
         put(key: string, value: string): void { this.upstream.put(key, value); this.seen.delete(key); }
         dispose(): void { this.upstream.drop(); }
       }
       export function wrap(n: Named): Bucket { n.bucket.put("name", n.name); return n.bucket; }`,
      imports,
    );
    const find = (name: string) => plugin.function(`t:kv/store#${name}`);
    const mine = find("[constructor]bucket")("b") as Disposable;
    find("[method]bucket.put")(mine, "k", "v");
    expect(find("[method]bucket.get")(mine, "k")).toBe("v");
    expect(find("[method]bucket.get")(mine, "k")).toBe("cached v");
    const wrapped = plugin.function("t:kv/admin#wrap")({ name: "n", bucket: mine }) as Disposable;
    expect(find("[method]bucket.get")(wrapped, "name")).toBe("n");
    wrapped[Symbol.dispose]();
    expect(Bucket.log).toEqual(["new b", "drop b"]);
  });

  test("of the world itself, used by other interfaces, aliased and under odd names", async () => {
    class Pen {
      readonly colour: string;
      constructor(colour: string) {
        this.colour = colour;
      }
      static(): string {
        return `static ${this.colour}`;
      }
      drop(): string {
        return `drop ${this.colour}`;
      }
      static new(): Pen {
        return new Pen("new");
      }
      glue(glue: number): number {
        return glue + 1;
      }
    }
    const plugin = await start(
      `package t:odd;
       interface tools {
         resource %resource { constructor(%string: string); drop: func() -> string; %static: func() -> string; new: static func() -> %resource; glue: func(glue: u32) -> u32; }
         type pencil = %resource;
       }
       interface desk { use tools.{pencil as crayon}; take: func(c: crayon) -> crayon; }
       world odd {
         import desk;
         use tools.{pencil};
         resource pen { constructor(colour: string); drop: func() -> string; new: static func() -> pen; %static: func() -> string; glue: func(glue: u32) -> u32; }
         import give: func(p: pen) -> u32;
         export use-pen: func(p: borrow<pen>) -> string;
         export use-pencil: func(p: pencil) -> pencil;
         export new-pen: func() -> pen;
       }`,
      `import { give, Pen, Pencil } from "wit-world";
       import { Pencil as Again, Resource } from "t:odd/tools";
       import { Crayon, take } from "t:odd/desk";
       export function usePen(p: Pen): string { return p.drop_() + ", " + p.static_() + ", " + p.glue(4).toString(); }
       export function usePencil(p: Pencil): Pencil { const a: Resource = take(p); const b: Crayon = a; const c: Again = b; return c; }
       export function newPen(): Pen { give(new Pen("a")); return Pen.new(); }`,
      {
        $root: { Pen, give: () => 1 },
        "t:odd/tools": { Resource: Pen },
        "t:odd/desk": { take: (pen: Pen) => pen },
      },
      ["-O1"],
    );
    const pen = new Pen("red");
    expect(plugin.function("use-pen")(pen)).toBe("drop red, static red, 5");
    expect(plugin.function("use-pencil")(pen)).toBe(pen);
    expect((plugin.function("new-pen")() as Pen).colour).toBe("new");
  });

  test("classes of the same name are told apart by their interface's namespace", async () => {
    const plugin = await start(
      `package t:two;
       interface one { resource thing { constructor(); name: func() -> string; } }
       interface two { resource thing { constructor(); name: func() -> string; } make: func() -> thing; }
       world w { export one; export two; }`,
      `export namespace one { export class Thing { name(): string { return "one"; } } }
       export namespace two {
         export class Thing { name(): string { return "two"; } }
         export function make(): Thing { return new Thing(); }
       }`,
      {},
    );
    const [one, two] = ["one", "two"].map((name) => plugin.function(`t:two/${name}#[constructor]thing`)());
    expect(plugin.function("t:two/one#[method]thing.name")(one)).toBe("one");
    expect(plugin.function("t:two/two#[method]thing.name")(two)).toBe("two");
    const made = plugin.function("t:two/two#make")();
    expect(plugin.function("t:two/two#[method]thing.name")(made)).toBe("two");
  });

  test.each(["incremental", "minimal"])("memory stays flat over many of them: %s", async (runtime) => {
    const plugin = await start(exporting.wit, exporting.source, {}, ["-O3", "--runtime", runtime]);
    const find = (name: string) => plugin.function(`t:shop/carts@1.0.0#${name}`);
    const [make, add, echo, gone] = ["[constructor]cart", "[method]cart.add", "echo", "disposed"].map(find);
    const round = (count: number) => {
      for (let i = 0; i < count; i++) {
        const cart = make!("somebody") as Disposable;
        add!(cart, "something", 1);
        (echo!(cart) as Disposable)[Symbol.dispose]();
        gone!();
      }
    };
    round(2000);
    const before = plugin.memorySize();
    round(20_000);
    expect(plugin.memorySize()).toBe(before);
  });
});
