/** Guests that are suspended while other guests, or resources, are between them and the host. */
import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { createDirectEngine } from "../../../host/engine/direct/direct-engine.ts";
import { type HostImports, suspending, suspendingByChance } from "../../../host/engine/engine.ts";
import { type HotcellError, TrapError } from "../../../host/errors.ts";
import { allocator, lift, main, options } from "../../guests/component-text.ts";
import { component } from "../../guests/engine-components.ts";

const engine = createDirectEngine();

/** A component that asks what it imports as `ask`, and puts an exclamation mark behind the answer, in its encoding. */
function asker(name: string, encoding: string): string {
  return `
  (component $${name}
    (import "ask" (func $ask (param "s" string) (param "n" u64) (result string)))
    ${allocator}
    (core func $ask' (canon lower (func $ask) ${options(encoding)}))
    ${main(
      `(func (export "ask") (param i32 i32 i64) (result i32)
        (call $ask (local.get 0) (local.get 1) (i64.add (local.get 2) (i64.const 1)) (i32.const 8)) (i32.const 8))
      (global $freed (mut i32) (i32.const 0))
      (func (export "free") (param i32) (global.set $freed (i32.add (global.get $freed) (i32.const 1))))
      (func (export "freed") (result i32) (global.get $freed))
      (tag $oops)
      (func (export "throw") (result i32)
        (call $ask (i32.const 0) (i32.const 0) (i64.const 0) (i32.const 8)) (throw $oops))
      (func (export "trap") (result i32)
        (call $ask (i32.const 0) (i32.const 0) (i64.const 0) (i32.const 8)) unreachable)`,
      `(import "env" "ask" (func $ask (param i32 i32 i64 i32)))`,
      `(export "ask" (func $ask'))`,
    )}
    (func (export "ask") (param "s" string) (param "n" u64) (result string)
      ${lift("ask", encoding, '(post-return (core func $main "free"))')})
    (func (export "freed") (result u32) (canon lift (core func $main "freed")))
    (func (export "throw") (result string) ${lift("throw", encoding)})
    (func (export "trap") (result string) ${lift("trap", encoding)}))`;
}

/** Three in a row, and one that catches what it can of the innermost. */
const row = await engine.compile(
  component(`
  (import "ask" (func $ask (param "s" string) (param "n" u64) (result string)))
  ${asker("A", "utf8")}
  ${asker("B", "utf16")}
  ${asker("C", "latin1+utf16")}
  (instance $a (instantiate $A (with "ask" (func $ask))))
  (instance $b (instantiate $B (with "ask" (func $a "ask"))))
  (instance $c (instantiate $C (with "ask" (func $b "ask"))))
  (component $Catcher
    (import "fail" (func $fail (result string)))
    (import "call" (func $call (param "s" string) (param "n" u64) (result string)))
    ${allocator}
    (core func $fail' (canon lower (func $fail) ${options()}))
    (core func $call' (canon lower (func $call) ${options()}))
    ${main(
      `(func (export "catch") (result i32)
        (block $caught (try_table (catch_all $caught) (call $fail (i32.const 8))))
        (call $call (i32.const 0) (i32.const 0) (i64.const 9) (i32.const 8))
        (i32.const 1))`,
      `(import "env" "fail" (func $fail (param i32)))
       (import "env" "call" (func $call (param i32 i32 i64 i32)))`,
      `(export "fail" (func $fail')) (export "call" (func $call'))`,
    )}
    (func (export "catch") (result u32) (canon lift (core func $main "catch"))))
  (instance $catcher (instantiate $Catcher (with "fail" (func $a "throw")) (with "call" (func $b "ask"))))
  (instance $catches-trap (instantiate $Catcher (with "fail" (func $a "trap")) (with "call" (func $b "ask"))))
  (export "ask" (func $c "ask"))
  (export "freed-a" (func $a "freed"))
  (export "freed-b" (func $b "freed"))
  (export "freed-c" (func $c "freed"))
  (export "catch" (func $catcher "catch"))
  (export "catch-trap" (func $catches-trap "catch"))`),
);

describe("a guest that another guest has called", () => {
  const answer = async (s: string, n: bigint) => {
    await turn();
    return `${s}${n} ünd 😀`;
  };

  test("is suspended with it, whatever they say to each other", async () => {
    const cell = row.instantiate({ $root: { ask: answer } });
    expect(await cell.function("ask")("é", 0n)).toBe("é3 ünd 😀");
    const long = "ä".repeat(5_000);
    expect(await cell.function("ask")(long, 7n)).toBe(`${long}10 ünd 😀`);
    for (const name of ["freed-a", "freed-b", "freed-c"]) expect(await cell.function(name)()).toBe(2);
  });

  test("gives what it gives where nothing suspends", async () => {
    const sync = row.instantiate({ $root: { ask: (s: string, n: bigint) => `${s}${n}` } });
    const cell = row.instantiate({ $root: { ask: suspending((s: string, n: bigint) => `${s}${n}`) } });
    expect(await cell.function("ask")("x", 5n)).toBe(sync.function("ask")("x", 5n));
    expect(cell.fuelUsed).toBe(sync.fuelUsed);
  });

  test.each(["catch", "catch-trap"])("can't be outlived by its caller when it fails (%s)", async (name) => {
    const asked: bigint[] = [];
    const ask = (_: string, n: bigint) => {
      asked.push(n);
      return "";
    };
    const sync = row.instantiate({ $root: { ask } });
    const expected = (() => {
      try {
        sync.function(name)();
      } catch (error) {
        return error as HotcellError;
      }
    })();
    const cell = row.instantiate({ $root: { ask: async (s: string, n: bigint) => turn(ask(s, n)) } });
    await expect(cell.function(name)()).rejects.toThrow(TrapError);
    await expect(cell.function(name)()).rejects.toMatchObject({ code: "closed" });
    const again = row.instantiate({ $root: { ask: suspending(ask) } });
    await expect(again.function(name)()).rejects.toThrow(expected!.message);
    expect(asked).toEqual([0n, 0n, 0n]);
  });

  test("is all that the stack of its trap shows", async () => {
    const cell = row.instantiate({ $root: { ask: async () => "" } });
    const trap = await (cell.function("catch-trap")() as Promise<unknown>).then(
      undefined,
      (e: TrapError) => e,
    );
    expect((trap as TrapError).facts.extra?.stack).toEqual([
      expect.stringMatching(/^Main \(wasm-function/),
      expect.stringMatching(/^Main \(wasm-function/),
    ]);
  });

  test("ends with its cell", async () => {
    const { promise, resolve } = Promise.withResolvers<string>();
    const cell = row.instantiate({ $root: { ask: suspending(() => promise) } });
    const going = cell.function("ask")("", 0n);
    cell.dispose();
    await expect(going).rejects.toMatchObject({ code: "closed" });
    resolve("late");
  });
});

/** Uses a resource of the host's, all of whose functions may be asynchronous. */
const files = await engine.compile(
  component(`
  (import "demo:host/files" (instance $files
    (export "file" (type $file (sub resource)))
    (export "[constructor]file" (func (param "name" string) (result (own $file))))
    (export "[method]file.read" (func (param "self" (borrow $file)) (result string)))
    (export "[static]file.newest" (func (result (own $file))))))
  (alias export $files "file" (type $file))
  (alias export $files "[constructor]file" (func $open))
  (alias export $files "[method]file.read" (func $read))
  (alias export $files "[static]file.newest" (func $newest))
  ${allocator}
  (core func $open' (canon lower (func $open) ${options()}))
  (core func $read' (canon lower (func $read) ${options()}))
  (core func $newest' (canon lower (func $newest)))
  (core func $drop (canon resource.drop $file))
  ${main(
    `
    (func (export "read") (param i32 i32) (result i32)
      (local $file i32)
      (local.set $file (call $open (local.get 0) (local.get 1)))
      (call $read (local.get $file) (i32.const 8))
      (call $drop (local.get $file))
      (i32.const 8))
    (func (export "lent") (param i32) (result i32)
      (call $read (local.get 0) (i32.const 8)) (call $drop (local.get 0)) (i32.const 8))
    (func (export "kept") (param i32) (result i32)
      (call $read (local.get 0) (i32.const 8)) (i32.const 8))
    (func (export "newest") (result i32) (call $newest))`,
    `(import "env" "open" (func $open (param i32 i32) (result i32)))
     (import "env" "read" (func $read (param i32 i32)))
     (import "env" "newest" (func $newest (result i32)))
     (import "env" "drop" (func $drop (param i32)))`,
    `(export "open" (func $open')) (export "read" (func $read')) (export "newest" (func $newest'))
     (export "drop" (func $drop))`,
  )}
  (func (export "read") (param "name" string) (result string) ${lift("read")})
  (func (export "lent") (param "file" (borrow $file)) (result string) ${lift("lent")})
  (func (export "kept") (param "file" (borrow $file)) (result string) ${lift("kept")})
  (func (export "newest") (result (own $file)) ${lift("newest")})`),
);

class File {
  static async newest(): Promise<File> {
    return new File("newest");
  }
  readonly #name: string;
  ended = 0;
  constructor(name: string) {
    this.#name = name;
  }
  async read(): Promise<string> {
    await turn();
    return `read ${this.#name}`;
  }
  [Symbol.dispose](): void {
    this.ended++;
  }
}

function instantiateFiles(type: unknown) {
  return files.instantiate({ "demo:host/files": { File: type } } as HostImports);
}

describe("a resource of the host's", () => {
  test("may have asynchronous methods and static functions", async () => {
    const cell = instantiateFiles(File);
    expect(cell.suspends).toBe(true);
    expect(await cell.function("read")("a.txt")).toBe("read a.txt");
    expect(await ((await cell.function("newest")()) as File).read()).toBe("read newest");
  });

  test("may take its time to be made, where its class is marked", async () => {
    class Slow extends File {
      constructor(name: string) {
        super(name);
        // biome-ignore lint/correctness/noConstructorReturn: what a constructor can wait for.
        return turn(this) as unknown as Slow;
      }
    }
    Object.defineProperty(Slow.prototype, "read", { value: () => "at once" });
    Object.defineProperty(Slow, "newest", { value: () => new File("x") });
    const cell = instantiateFiles(suspending(Slow as never));
    expect(cell.suspends).toBe(true);
    expect(await cell.function("read")("a.txt")).toBe("at once");
  });

  test("that was lent is lent until the promise settles, and must be given back", async () => {
    const cell = instantiateFiles(File);
    const file = new File("b");
    expect(await cell.function("lent")(file)).toBe("read b");
    expect(await cell.function("lent")(file)).toBe("read b");
    await expect(cell.function("kept")(file)).rejects.toThrow(/borrowed handles remain/);
    expect(file.ended).toBe(0);
  });
});

/** A component with a resource whose destructor asks the host, and one that uses it. */
const logging = await engine.compile(
  component(`
  (import "log" (func $log (param "n" u32) (result u32)))
  (component $Owner
    (import "log" (func $log (param "n" u32) (result u32)))
    (core func $log' (canon lower (func $log)))
    (core module $Drops
      (import "env" "log" (func $log (param i32) (result i32)))
      (func (export "drop") (param i32) (drop (call $log (local.get 0)))))
    (core instance $drops (instantiate $Drops (with "env" (instance (export "log" (func $log'))))))
    (alias core export $drops "drop" (core func $dtor))
    (type $thing' (resource (rep i32) (dtor (core func $dtor))))
    (export $thing "thing" (type $thing'))
    (core func $new (canon resource.new $thing'))
    (func (export "make") (param "rep" u32) (result (own $thing)) (canon lift (core func $new))))
  (instance $owner (instantiate $Owner (with "log" (func $log))))
  (alias export $owner "thing" (type $thing))
  (component $User
    (import "thing" (type $thing (sub resource)))
    (import "make" (func $make (param "rep" u32) (result (own $thing))))
    (core func $make' (canon lower (func $make)))
    (core func $drop (canon resource.drop $thing))
    (core module $Main
      (import "env" "make" (func $make (param i32) (result i32)))
      (import "env" "drop" (func $drop (param i32)))
      (func (export "use") (param i32) (result i32)
        (call $drop (call $make (local.get 0)))
        (call $drop (call $make (i32.add (local.get 0) (i32.const 1))))
        (local.get 0)))
    (core instance $main (instantiate $Main (with "env" (instance
      (export "make" (func $make')) (export "drop" (func $drop))))))
    (func (export "use") (param "n" u32) (result u32) (canon lift (core func $main "use"))))
  (instance $user (instantiate $User (with "thing" (type $thing)) (with "make" (func $owner "make"))))
  (export $exported "thing" (type $thing))
  (export "use" (func $user "use"))
  (export "make" (func $owner "make") (func (param "rep" u32) (result (own $exported))))`),
);

describe("a destructor", () => {
  test("that a guest calls may be suspended", async () => {
    const logged: number[] = [];
    const log = async (n: number) => {
      await turn();
      logged.push(n);
      return n;
    };
    const cell = logging.instantiate({ $root: { log } });
    expect(await cell.function("use")(5)).toBe(5);
    expect(logged).toEqual([5, 6]);
  });

  test("that the host calls can't be, and says so", async () => {
    const cell = logging.instantiate({ $root: { log: suspending((n: number) => (n < 10 ? n : turn(n))) } });
    const [quick, slow] = [await cell.function("make")(1), await cell.function("make")(11)] as Disposable[];
    quick![Symbol.dispose]();
    expect(() => slow![Symbol.dispose]()).toThrow(
      expect.objectContaining({
        code: "trap",
        message:
          "The host function log returned a promise while a resource is dropped by the host, where no call can wait.",
      }),
    );
    expect(cell.alive).toBe(false);
  });
});

describe("a start function", () => {
  const starting = (n: number) => `
    (import "log" (func $log (param "n" u32) (result u32)))
    (core func $log' (canon lower (func $log)))
    (core module $Main
      (import "env" "log" (func $log (param i32) (result i32)))
      (global $got (mut i32) (i32.const 0))
      (func $start (global.set $got (call $log (i32.const ${n}))))
      (start $start)
      (func (export "got") (result i32) (global.get $got)))
    (core instance $main (instantiate $Main (with "env" (instance (export "log" (func $log'))))))
    (func (export "got") (result u32) (canon lift (core func $main "got")))`;
  const log = suspending((n: number) => (n < 10 ? n : Promise.reject(new Error("nobody waits for this"))));

  test("may call what would suspend it but does not", async () => {
    const cell = (await engine.compile(component(starting(5)))).instantiate({ $root: { log } });
    expect(await cell.function("got")()).toBe(5);
  });

  test("may not call what suspends it by chance, whether it would or not", async () => {
    const called: number[] = [];
    const log = suspendingByChance((n: number) => called.push(n));
    const compiled = await engine.compile(component(starting(5)));
    expect(() => compiled.instantiate({ $root: { log } })).toThrow(
      expect.objectContaining({
        code: "trap",
        message: "The host function log may wait while the plugin is starting, where no call can wait.",
      }),
    );
    expect(called).toEqual([]);
  });

  test("can't be suspended, and says so", async () => {
    const compiled = await engine.compile(component(starting(15)));
    expect(() => compiled.instantiate({ $root: { log } })).toThrow(
      expect.objectContaining({
        code: "trap",
        message:
          "The host function log returned a promise while the plugin is starting, where no call can wait.",
        facts: expect.objectContaining({
          subject: "log",
          remedy: expect.stringContaining("exported function"),
        }),
      }),
    );
    await turn();
  });
});

test("a realloc that calls out is stopped before it could be suspended", async () => {
  const compiled = await engine.compile(
    component(`
    (import "log" (func $log (param "n" u32) (result u32)))
    (core func $log' (canon lower (func $log)))
    (core module $Main
      (import "env" "log" (func $log (param i32) (result i32)))
      (memory (export "memory") 1)
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) (call $log (i32.const 64)))
      (func (export "take") (param i32 i32)))
    (core instance $main (instantiate $Main (with "env" (instance (export "log" (func $log'))))))
    (func (export "take") (param "s" string)
      (canon lift (core func $main "take") (memory (core memory $main "memory")) (realloc (core func $main "realloc"))))`),
  );
  const cell = compiled.instantiate({ $root: { log: async (n: number) => n } });
  await expect(cell.function("take")("text")).rejects.toThrow(/cannot leave component instance/);
});
