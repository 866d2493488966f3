import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import fc from "fast-check";
import { afterEach, describe, expect, test } from "vitest";
import { Transpiler, type TranspilerOptions } from "../../../host/engine/jco/transpiler.ts";
import { HotcellError } from "../../../host/errors.ts";
import { named, numbered } from "../../guests/engine-components.ts";
import { isRunning, until } from "../../support/processes.ts";

const { bytes } = numbered(1);
const options: TranspilerOptions = { deadline: 20_000, maxOutput: 1 << 20, memory: 512 };
const open: Transpiler[] = [];
afterEach(() => Promise.all(open.splice(0).map((transpiler) => transpiler.close())));

function start(changed: Partial<TranspilerOptions> = {}): Transpiler {
  const transpiler = new Transpiler({ ...options, ...changed });
  open.push(transpiler);
  return transpiler;
}

/** Kills the process in which `transpiler` works, and gives its id. */
async function killWorker(transpiler: Transpiler, not?: number): Promise<number> {
  await until(() => transpiler.pid !== undefined && transpiler.pid !== not);
  const pid = transpiler.pid!;
  process.kill(pid, "SIGKILL");
  return pid;
}

describe("the kept process", () => {
  test("starts at the first component and is kept", async () => {
    const transpiler = start();
    expect(transpiler.pid).toBeUndefined();
    const files = await transpiler.transpile(bytes, []);
    expect([...files.keys()].sort()).toEqual(["component.core.wasm", "component.js"]);
    const { pid } = transpiler;
    await Promise.all([transpiler.transpile(bytes, []), transpiler.transpile(numbered(2).bytes, [])]);
    expect(transpiler.pid).toBe(pid);
  });

  test("is replaced when somebody kills it, idle or at work", async () => {
    const transpiler = start();
    await transpiler.transpile(bytes, []);
    const first = await killWorker(transpiler);
    await transpiler.transpile(bytes, []);
    expect(transpiler.pid).not.toBe(first);
    const other = start();
    const working = other.transpile(bytes, []);
    await killWorker(other);
    await expect(working).resolves.toBeInstanceOf(Map);
  });

  test("dying twice over one component is the component's fault", async () => {
    const transpiler = start();
    const working = expect(transpiler.transpile(bytes, [])).rejects.toMatchObject({
      code: "component-limit",
      message: /SIGKILL/,
    });
    await killWorker(transpiler, await killWorker(transpiler));
    await working;
    await expect(transpiler.transpile(bytes, [])).resolves.toBeInstanceOf(Map);
  });

  test("is replaced after a panic in jco", async () => {
    const transpiler = start();
    await transpiler.transpile(bytes, []);
    const { pid } = transpiler;
    await expect(transpiler.transpile(named(["HTTP-get"]).bytes, [])).rejects.toMatchObject({
      code: "unsupported-feature",
    });
    await expect(transpiler.transpile(bytes, [])).resolves.toBeInstanceOf(Map);
    expect(transpiler.pid).not.toBe(pid);
  });

  test("is given up at the deadline", async () => {
    const transpiler = start({ deadline: 1 });
    await expect(transpiler.transpile(bytes, [])).rejects.toMatchObject({
      code: "component-limit",
      facts: { limit: "1 ms" },
    });
    expect(transpiler.pid).toBeUndefined();
  });

  test("ends at close, with all that wait", async () => {
    const transpiler = start();
    const waiting = [transpiler.transpile(bytes, []), transpiler.transpile(bytes, [])];
    const refused = Promise.all(
      waiting.map((result) => expect(result).rejects.toMatchObject({ code: "closed" })),
    );
    await until(() => transpiler.pid !== undefined);
    const pid = transpiler.pid!;
    await transpiler.close();
    await refused;
    expect(isRunning(pid)).toBe(false);
    await expect(transpiler.transpile(bytes, [])).rejects.toMatchObject({ code: "closed" });
  });
});

describe("components jco can't read", () => {
  test("are refused, and the next one is served", async () => {
    const transpiler = start();
    await expect(transpiler.transpile(bytes.subarray(0, 20), [])).rejects.toMatchObject({
      code: "invalid-component",
    });
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 9), fc.nat(255), async (at, byte) => {
        // The preamble stays: without it jco reads text.
        const mutated = bytes.with(at + 8, byte);
        await transpiler.transpile(mutated, []).catch((error) => {
          expect(error).toBeInstanceOf(HotcellError);
          expect(error.status).toBe(400);
        });
      }),
      { numRuns: 100 },
    );
    await expect(transpiler.transpile(bytes, [])).resolves.toBeInstanceOf(Map);
  });
});

describe("the process that transpiles", () => {
  const source = pathToFileURL(join(import.meta.dirname, "../../../host/engine/jco/transpiler.ts")).href;
  const program = (module: string, then: string) => `
    import { Transpiler } from ${JSON.stringify(module)};
    const transpiler = new Transpiler(${JSON.stringify(options)});
    const component = Buffer.from(${JSON.stringify(Buffer.from(bytes).toString("base64"))}, "base64");
    await transpiler.transpile(component, []).then(
      () => process.stdout.write(String(transpiler.pid)),
      (error) => process.stdout.write(error.code + " " + error.facts.remedy));
    ${then}`;
  const args = (text: string) => ["--input-type=module", "--eval", text];

  test("does not keep its parent alive, and ends with it", async () => {
    const { stdout } = await promisify(execFile)(process.execPath, args(program(source, "")));
    await until(() => !isRunning(Number(stdout)));
  });

  test.each(["runs", "is stopped"])("ends when its parent is killed while it %s", async (how) => {
    const parent = spawn(process.execPath, args(program(source, "setInterval(() => {}, 1000);")), {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [text] = await once(parent.stdout, "data");
    expect(isRunning(Number(text))).toBe(true);
    if (how === "is stopped") process.kill(Number(text), "SIGSTOP");
    parent.kill("SIGKILL");
    await until(() => !isRunning(Number(text)));
  });

  test("says how to install jco where it is missing", async () => {
    const elsewhere = await mkdtemp(join(tmpdir(), "hotcell-"));
    try {
      await cp(join(import.meta.dirname, "../../../host"), join(elsewhere, "host"), { recursive: true });
      const moved = pathToFileURL(join(elsewhere, "host/engine/jco/transpiler.ts")).href;
      const { stdout } = await promisify(execFile)(process.execPath, args(program(moved, "")));
      expect(stdout).toMatch(/^tool-missing npm install @bytecodealliance\/jco-transpile/);
    } finally {
      await rm(elsewhere, { recursive: true });
    }
  });
});
