import { afterAll, describe, expect, test } from "vitest";
import { inspectComponent } from "../../../host/component/inspect.ts";
import { build, buildComponent, removeTemporaryFolders, run } from "../../support/plugin-build.ts";

afterAll(removeTemporaryFolders);

const clocks = `package wasi:clocks@0.2.3;
interface wall-clock {
  record datetime { seconds: u64, nanoseconds: u32 }
  now: func() -> datetime;
}
interface monotonic-clock {
  type instant = u64;
  now: func() -> instant;
}`;
const random = `package wasi:random@0.2.0;
interface random {
  get-random-bytes: func(len: u64) -> list<u8>;
  get-random-u64: func() -> u64;
}`;
const logging = `package wasi:logging;
interface logging {
  enum level { trace, debug, info, warn, error, critical }
  log: func(level: level, context: string, message: string);
}`;
const io = `package wasi:io@0.2.0;
interface error { resource error; }
interface streams {
  use error.{error};
  resource output-stream {
    blocking-write-and-flush: func(contents: list<u8>) -> result<_, stream-error>;
  }
  variant stream-error { last-operation-failed(error), closed }
}`;
const cli = `package wasi:cli@0.2.0;
interface stdout { use wasi:io/streams@0.2.0.{output-stream}; get-stdout: func() -> output-stream; }
interface stderr { use wasi:io/streams@0.2.0.{output-stream}; get-stderr: func() -> output-stream; }`;

const deps = {
  "wit/deps/clocks.wit": clocks,
  "wit/deps/random.wit": random,
  "wit/deps/logging.wit": logging,
  "wit/deps/io.wit": io,
  "wit/deps/cli.wit": cli,
};

const world = (imports: readonly string[], exports: string) => `package demo:built;
world built {
  ${imports.map((name) => `import ${name};`).join("\n  ")}
  ${exports}
}`;

function plugin(imports: readonly string[], exports: string, source: string) {
  return { ...deps, "wit/world.wit": world(imports, exports), "assembly/index.ts": source };
}

const releases: [string, string[]][] = [
  ["release", ["-O3", "--converge"]],
  ["debug", ["--debug"]],
  ["garbage collected at every chance", ["--use", "hotcell.gc=torture"]],
];

describe.each(releases)(
  "AssemblyScript's own functions work through what the world imports, %s",
  (_, options) => {
    test("clocks", async () => {
      const component = await buildComponent({
        files: plugin(
          ["wasi:clocks/wall-clock@0.2.3", "wasi:clocks/monotonic-clock@0.2.3"],
          "export date: func() -> string; export times: func() -> tuple<s64, f64, u64, s64>;",
          `import { Tuple4 } from "wit-types";
const started = Date.now();
export function date(): string { return new Date(Date.now()).toISOString(); }
export function times(): Tuple4<i64, f64, u64, i64> {
  return new Tuple4(started, performance.now(), process.hrtime(), process.time());
}`,
        ),
        options,
      });
      const { call } = await run(component, {
        "wasi:clocks/wall-clock": { now: () => ({ seconds: 1_795_342_502n, nanoseconds: 987_654_321 }) },
        "wasi:clocks/monotonic-clock": { now: () => 1_234_500_000n },
      });
      expect(call("date")).toBe("2026-11-22T10:15:02.987Z");
      expect(call("times")).toEqual([1_795_342_502_987n, 1234.5, 1_234_500_000n, 1_795_342_502_987n]);
    });

    test("random numbers", async () => {
      const component = await buildComponent({
        files: plugin(
          ["wasi:random/random@0.2.0"],
          "export dice: func() -> list<f64>; export bytes: func(count: u32) -> list<u8>;",
          `export function dice(): Float64Array {
  const rolls = new Float64Array(4);
  for (let i = 0; i < 3; i++) rolls[i] = Math.random();
  rolls[3] = Mathf.random();
  return rolls;
}
export function bytes(count: u32): Uint8Array {
  const all = new Uint8Array(count);
  crypto.getRandomValues(all);
  return all;
}`,
        ),
        options,
      });
      let seeds = 0;
      const imports = {
        "wasi:random/random": {
          getRandomU64: () => {
            seeds++;
            return 0xfff8_dead_beef_0001n;
          },
          getRandomBytes: (length: bigint) => Uint8Array.from({ length: Number(length) }, (_, i) => i),
        },
      };
      const one = await run(component, imports);
      const rolls = one.call("dice") as Float64Array;
      for (const roll of rolls) expect(roll >= 0 && roll < 1).toBe(true);
      expect(new Set(rolls).size).toBe(4);
      expect(seeds).toBe(1);
      expect((await run(component, imports)).call("dice")).toEqual(rolls);
      expect(one.call("bytes", 5)).toEqual(Uint8Array.of(0, 1, 2, 3, 4));
    });

    const talk = `export function talk(name: string): void {
  console.log("hello " + name);
  console.info("ünïcode 👋");
  console.warn("careful");
  console.error("");
  console.debug(\`\${0.5} \${1e21} \${f32(0.1)} \${2.0}\`);
  console.assert(1 < 2, "never said");
  console.assert(2 < 1, "sums");
  console.assert(name.length == 0);
  trace("values", 3, 1, 0.5, -1e-7);
  trace("none");
}`;
    const said = [
      ["info", "hello Ada"],
      ["info", "ünïcode 👋"],
      ["warn", "careful"],
      ["error", ""],
      // As AssemblyScript writes numbers.
      ["debug", "0.5 1e+21 0.1 2.0"],
      ["error", "Assertion failed: sums"],
      ["error", "Assertion failed"],
      ["trace", "values 1.0, 0.5, -1e-7"],
      ["trace", "none"],
    ];

    test("console and trace, into the log", async () => {
      const component = await buildComponent({
        files: plugin(["wasi:logging/logging"], "export talk: func(name: string);", talk),
        options,
      });
      const lines: string[][] = [];
      const { call } = await run(component, {
        "wasi:logging/logging": {
          log: (level: string, context: string, message: string) => lines.push([level, context, message]),
        },
      });
      call("talk", "Ada");
      expect(lines).toEqual(said.map(([level, message]) => [level, "", message]));
    });

    test("console into the standard streams, where there is no log", async () => {
      const component = await buildComponent({
        files: plugin(
          ["wasi:cli/stdout@0.2.0", "wasi:cli/stderr@0.2.0"],
          "export talk: func(name: string);",
          talk,
        ),
        options,
      });
      const written = { out: "", err: "" };
      const calls: number[] = [];
      let open = 0;
      class OutputStream {
        readonly #to: "out" | "err";
        constructor(to: "out" | "err") {
          this.#to = to;
          open++;
        }
        blockingWriteAndFlush(bytes: Uint8Array) {
          calls.push(bytes.length);
          written[this.#to] += new TextDecoder().decode(bytes);
        }
        [Symbol.dispose]() {
          open--;
        }
      }
      const { call } = await run(component, {
        "wasi:cli/stdout": { getStdout: () => new OutputStream("out") },
        "wasi:cli/stderr": { getStderr: () => new OutputStream("err") },
        "wasi:io/error": { Error: class {} },
        "wasi:io/streams": { OutputStream },
      });
      call("talk", "Ada");
      expect(written.out).toBe("hello Ada\nünïcode 👋\n0.5 1e+21 0.1 2.0\n");
      expect(written.err).toBe(
        "careful\n\nAssertion failed: sums\nAssertion failed\nvalues 1.0, 0.5, -1e-7\nnone\n",
      );
      expect(open).toBe(0);
      call("talk", "x".repeat(10_000));
      expect(Math.max(...calls)).toBe(4096);
      expect(written.out).toContain(`${"x".repeat(10_000)}\n`);
    });

    test("timers", async () => {
      const component = await buildComponent({
        files: plugin(
          ["wasi:logging/logging", "wasi:clocks/monotonic-clock@0.2.3"],
          "export work: func();",
          `export function work(): void {
  console.time("job");
  console.timeLog("job");
  console.timeEnd("job");
  console.timeEnd("job");
}`,
        ),
        options,
      });
      const lines: string[] = [];
      let now = 0n;
      const { call } = await run(component, {
        "wasi:logging/logging": { log: (_: string, __: string, message: string) => lines.push(message) },
        "wasi:clocks/monotonic-clock": {
          now: () => {
            now += 1_500_000n;
            return now;
          },
        },
      });
      call("work");
      expect(lines).toEqual(["job: 1.5 ms", "job: 3.0 ms", "No such timer: job"]);
    });
  },
);

describe("what the world does not import", () => {
  const failure = async (
    expression: string,
    imports: readonly string[] = [],
    files = {},
    options: string[] = [],
  ) => {
    const source = `export function run(): void {\n  const before = 1;\n  ${expression};\n}`;
    const { component, output } = await build({
      files: { ...plugin(imports, "export run: func();", source), ...files },
      options,
    });
    expect(component).toBeUndefined();
    return output;
  };

  test.each([
    ["Math.random()", "wasi:random/random", "@0.2.0"],
    ["Date.now()", "wasi:clocks/wall-clock", "@0.2.3"],
    ["process.time()", "wasi:clocks/wall-clock", "@0.2.3"],
    ["performance.now()", "wasi:clocks/monotonic-clock", "@0.2.3"],
    ["process.hrtime()", "wasi:clocks/monotonic-clock", "@0.2.3"],
    ["crypto.getRandomValues(new Uint8Array(2))", "wasi:random/random", "@0.2.0"],
    ["console.log('x')", "wasi:logging/logging", ""],
    ["console.assert(false)", "wasi:logging/logging", ""],
    ["trace('x')", "wasi:logging/logging", ""],
  ])("%s: names it, its place, and the line to add", async (expression, needed, version) => {
    const output = await failure(expression);
    const name = expression.slice(0, expression.indexOf("("));
    expect(output).toContain(`${name}() needs ${needed}, which the world built does not import.`);
    expect(output).toMatch(
      new RegExp(
        `Add to world built in .*wit/world\\.wit: import ${needed}${version};`.replaceAll("/", "\\/"),
      ),
    );
    expect(output).toContain("in assembly/index.ts(3,3)");
    expect(output).toContain("FAILURE 1 ");
  });

  test("nor has in its dependencies: where to put it, and a version to take", async () => {
    const output = await failure("Date.now()", [], { "wit/deps/clocks.wit": "package other:thing;" });
    expect(output).toContain("import wasi:clocks/wall-clock@0.2.0;");
    expect(output).toMatch(
      /and put the WIT of wasi:clocks into .*wit\/deps: npx hotcell wit add wasi:clocks@0\.2\.0 --in \//,
    );
  });

  test("only half of what is needed", async () => {
    const output = await failure("console.time('x')", ["wasi:logging/logging"]);
    expect(output).toContain("console.time() needs wasi:clocks/monotonic-clock");
  });

  test("an interface of that name with another content", async () => {
    const files = {
      "wit/deps/random.wit": "package wasi:random@0.2.0; interface random { roll: func() -> u8; }",
    };
    const output = await failure("Math.random()", ["wasi:random/random@0.2.0"], files);
    expect(output).toContain(
      "Math.random() needs get-random-u64: func() -> u64, which the world's wasi:random/random@0.2.0 does not have.",
    );
    expect(output).toContain(
      "Take the host's WIT of wasi:random: npx hotcell wit add wasi:random@0.2.0 --in /",
    );
    expect(output).toMatch(/ --replace$/m);
  });

  test("nor could", async () => {
    expect(await failure("process.exit(1)")).toContain("process.exit() is not there.");
    const abort = await failure("abort('x')", [], {}, ["--use", "abort=~lib/builtins/abort"]);
    expect(abort).toContain("abort() is not there.\n  Leave out --use abort=");
  });

  test("an import that the author declared: named with its place", async () => {
    const source = `@external("acme", "beep") declare function beep(times: i32): void;
export function run(): void { beep(3); }`;
    const output = await failure("", [], { "assembly/index.ts": source });
    expect(output).toContain("The plugin imports beep from acme, which is not in the world built.");
    expect(output).toContain("in assembly/index.ts(1,44)");
  });
});

test("what is not used is not imported", async () => {
  const all = ["wasi:clocks/wall-clock@0.2.3", "wasi:random/random@0.2.0", "wasi:logging/logging"];
  const component = await buildComponent({
    files: plugin(all, "export run: func();", "export function run(): void {}"),
  });
  expect(inspectComponent(component).world.imports).toEqual([]);
});
