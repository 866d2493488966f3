import { afterAll, describe, expect, it } from "vitest";
import { Secret } from "../../host/capabilities/secret.ts";
import { buildProbe, deploy } from "../support/capability-probe.ts";
import { buildComponent, removeTemporaryFolders } from "../support/plugin-build.ts";

afterAll(removeTemporaryFolders);

const wasm = await buildProbe(
  `import wasi:cli/environment@0.2.12;
   import wasi:config/store@0.2.0-rc.1;
   import wasi:cli/exit@0.2.12;
   import wasi:cli/stdin@0.2.12;
   import wasi:cli/terminal-stdout@0.2.12;
   import wasi:random/insecure@0.2.12;
   import wasi:random/insecure-seed@0.2.12;
   export environment: func() -> list<tuple<string, string>>;
   export around: func() -> string;
   export configured: func(key: string) -> option<string>;
   export all-configured: func() -> list<tuple<string, string>>;
   export leave: func(well: bool);
   export leave-with: func(code: u8);
   export input: func() -> string;
   export seed: func() -> tuple<u64, u64>;
   export insecure: func(count: u64) -> list<u8>;`,
  `import { getEnvironment, getArguments, initialCwd } from "wasi:cli/environment@0.2.12";
   import { get, getAll } from "wasi:config/store@0.2.0-rc.1";
   import { exit, exitWithCode } from "wasi:cli/exit@0.2.12";
   import { getStdin } from "wasi:cli/stdin@0.2.12";
   import { getTerminalStdout } from "wasi:cli/terminal-stdout@0.2.12";
   import { getInsecureRandomBytes } from "wasi:random/insecure@0.2.12";
   import { insecureSeed } from "wasi:random/insecure-seed@0.2.12";
   import { Result, Tuple2, Unit } from "wit-types";
   export function environment(): Array<Tuple2<string, string>> { return getEnvironment(); }
   export function around(): string {
     const terminal = getTerminalStdout() == null ? "no terminal" : "a terminal";
     const folder = initialCwd() == null ? "no folder" : "a folder";
     return getArguments().length.toString() + " arguments, " + folder + ", " + terminal;
   }
   export function configured(key: string): string | null { return get(key).unwrap(); }
   export function allConfigured(): Array<Tuple2<string, string>> { return getAll().unwrap(); }
   export function leave(well: bool): void {
     exit(well ? Result.ok<Unit, Unit>(new Unit()) : Result.err<Unit, Unit>(new Unit()));
   }
   export function leaveWith(code: u8): void { exitWithCode(code); }
   export function input(): string {
     const stdin = getStdin();
     const ready = stdin.subscribe();
     ready.block();
     ready.drop();
     const read = stdin.blockingRead(10);
     stdin.drop();
     return read.isErr && read.unwrapErr().isClosed ? "at its end" : "something";
   }
   export function seed(): Tuple2<u64, u64> { return insecureSeed(); }
   export function insecure(count: u64): Uint8Array { return getInsecureRandomBytes(count); }`,
);

const env = { GREETING: "hello", KEY: new Secret("s3cret"), constructor: "a name like any other" };

describe("the environment", () => {
  it("is empty, and holds nothing of the host's", async () => {
    const { call } = (await deploy(wasm)).start();
    expect(call("environment")).toEqual([]);
    expect(call("all-configured")).toEqual([]);
    expect(call("configured", "PATH")).toBeUndefined();
    expect(call("around")).toBe("0 arguments, no folder, no terminal");
  });

  it("is what the plugin is configured with, secrets too", async () => {
    const { call } = (await deploy(wasm, { env })).start();
    const values = [
      ["GREETING", "hello"],
      ["KEY", "s3cret"],
      ["constructor", "a name like any other"],
    ];
    expect(call("environment")).toEqual(values);
    expect(call("all-configured")).toEqual(values);
    expect(call("configured", "KEY")).toBe("s3cret");
    expect(call("configured", "constructor")).toBe("a name like any other");
    expect(call("configured", "toString")).toBeUndefined();
  });
});

/** WIT of `wasi:config` as it was published: the interface with its error, by version. */
const proposals = [
  ["store", "error", "0.2.0-draft"],
  ["store", "error", "0.2.0-draft-2024-09-27"],
  ["store", "error", "0.2.0-rc.1"],
  ["runtime", "config-error", "0.2.0-draft"],
] as const;

describe("a proposal of wasi:config", () => {
  it.each(proposals)("%s with its %s, version %s, is answered", async (name, error, version) => {
    const id = `wasi:config/${name}@${version}`;
    const reader = await buildComponent({
      files: {
        "wit/deps/wasi-config/package.wit": `package wasi:config@${version};
          interface ${name} {
            variant ${error} { upstream(string), io(string) }
            get: func(key: string) -> result<option<string>, ${error}>;
            get-all: func() -> result<list<tuple<string, string>>, ${error}>;
          }`,
        "wit/world.wit": `package t:reader@1.0.0;
          world reader {
            import ${id};
            export configured: func(key: string) -> option<string>;
            export all-configured: func() -> list<tuple<string, string>>;
          }`,
        "assembly/index.ts": `import { get, getAll } from "${id}";
          import { Tuple2 } from "wit-types";
          export function configured(key: string): string | null { return get(key).unwrap(); }
          export function allConfigured(): Array<Tuple2<string, string>> { return getAll().unwrap(); }`,
      },
    });
    const { call } = (await deploy(reader, { env: { GREETING: "hello" } })).start();
    expect(call("configured", "GREETING")).toBe("hello");
    expect(call("configured", "PATH")).toBeUndefined();
    expect(call("all-configured")).toEqual([["GREETING", "hello"]]);
  });
});

describe("what surrounds a program", () => {
  it("has standard input at its end", async () => {
    const { cell, call } = (await deploy(wasm)).start();
    expect(call("input")).toBe("at its end");
    expect(cell.suspends).toBe(false);
  });

  it("ends the cell by exit, and says with which status", async () => {
    const { start } = await deploy(wasm);
    for (const [name, arg, status] of [
      ["leave", true, 0],
      ["leave", false, 1],
      ["leave-with", 3, 3],
    ] as const) {
      const { cell, call } = start();
      expect(() => call(name, arg)).toThrow(
        expect.objectContaining({
          code: "exited",
          exitStatus: status,
          message: `The plugin ended itself (wasi:cli/exit) with status ${status} while calling "${name}".`,
        }),
      );
      expect(cell.alive).toBe(false);
    }
  });
});

describe("insecure random numbers", () => {
  it("need no grant, and differ from cell to cell", async () => {
    const { start } = await deploy(wasm);
    expect(start().call("seed")).not.toEqual(start().call("seed"));
    expect(start().call("insecure", 32n)).not.toEqual(start().call("insecure", 32n));
    expect(() => start().call("insecure", 1n << 40n)).toThrow(expect.objectContaining({ code: "trap" }));
  });

  it("are repeatable where random is granted with a seed, also after a reset", async () => {
    const { start } = await deploy(wasm, { grants: { random: { seed: 7 } } });
    const started = start();
    const seed = started.call("seed");
    expect(started.call("seed")).not.toEqual(seed);
    expect(start().call("seed")).toEqual(seed);
    expect(started.reset()).toBe(true);
    expect(started.call("seed")).toEqual(seed);
  });
});
