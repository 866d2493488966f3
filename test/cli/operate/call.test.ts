/** Ways in which `hotcell call` sends arguments and takes results, beside JSON on the line. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { root } from "../../support/cli.ts";
import { exampleWasm } from "../../support/examples.ts";
import { hostOfFile } from "../../support/hosts.ts";
import { authorization } from "../../support/test-host.ts";
import { lineHere } from "./line-here.ts";

const host = await hostOfFile();
const folder = await mkdtemp(join(tmpdir(), "hotcell-call-"));
afterAll(() => rm(folder, { recursive: true }));
const file = (name: string) => join(folder, name);

const environment = {
  HOTCELL_URL: host.url,
  HOTCELL_TOKEN: authorization.replace("Bearer ", ""),
  XDG_CONFIG_HOME: folder,
};
const call = (...line: readonly string[]) => lineHere(["call", ...line], environment);
const good = (stdout: string) => ({ code: 0, stdout, stderr: "" });

beforeAll(async () => {
  for (const name of ["shapes", "greet", "counter"]) await host.put(name, exampleWasm(name));
});

describe("hotcell call", () => {
  const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
  const inverted = Buffer.from(bytes.map((byte) => 255 - byte));

  it("sends a file as its bytes, and writes a result as its bytes", async () => {
    await writeFile(file("bytes"), bytes);
    const out = file("inverted");
    expect(await call("shapes", "invert", "--bytes", file("bytes"), "-o", out)).toEqual({
      code: 0,
      stdout: "",
      stderr: expect.stringMatching(/^Wrote .*inverted: 256 bytes\n$/),
    });
    expect(await readFile(out)).toEqual(inverted);
    expect(JSON.parse((await call("shapes", "invert", "--bytes", file("bytes"))).stdout)).toBe(
      inverted.toString("base64"),
    );
    expect(await call("shapes", "invert", "--bytes", file("none"))).toMatchObject({ code: 1, stdout: "" });
    expect(await call("shapes", "invert", "--bytes", file("bytes"), "-o", file("no/such"))).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/no\/such can't be used: ENOENT: .*\nName one that exists.*\n$/),
    });
  });

  it("makes a call for each line of a file, and answers each on a line, in order", async () => {
    const names = Array.from({ length: 300 }, (_, i) => `Ada ${i}`);
    // As editors on Windows leave it.
    const lines = names.map((name) => `${JSON.stringify([name])}\r\n`).join("");
    await writeFile(file("names.ndjson"), lines);
    const { code, stdout } = await call("greet", "greet", "--lines", file("names.ndjson"));
    expect(code).toBe(0);
    const answers = stdout.trimEnd().split("\n");
    expect(answers.map((line) => (JSON.parse(line) as { result: string }).result)).toEqual(
      names.map((name) => `Hello, ${name}!`),
    );
    expect(await call("greet", "greet", "--lines", file("none"))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("none can't be used: ENOENT"),
    });
    expect(await call("greet", "greet", "--lines", file("names.ndjson"), "name=Ada")).toMatchObject({
      code: 2,
    });
  });

  it("takes all of them from standard input", async () => {
    const run = async (input: string | Buffer, ...line: readonly string[]) => {
      const args = [join(root, "host/cli/hotcell.mjs"), "call", ...line];
      const child = spawn(process.execPath, args, { env: { ...process.env, ...environment } });
      child.stdin.end(input);
      const [stdout] = await Promise.all([text(child.stdout), once(child, "close")]);
      return stdout;
    };
    const [lines, result, json] = await Promise.all([
      run('["Ada"]\n["Bob"]\n', "greet", "greet", "--lines", "-"),
      run(bytes, "shapes", "invert", "--bytes", "-"),
      run('{"name":"Ada"}', "greet", "greet", "-"),
    ]);
    expect(lines).toMatch(/^\{"result":"Hello, Ada!".*\}\n\{"result":"Hello, Bob!".*\}\n$/);
    expect(JSON.parse(result)).toBe(inverted.toString("base64"));
    expect(json).toBe('"Hello, Ada!"\n');
  });

  it("makes a call once, however often it comes with its key", async () => {
    const increment = (...line: readonly string[]) => call("counter", "increment", "[1]", ...line);
    const first = await increment("--key", 'order 17 "u"');
    expect(first).toMatchObject({ code: 0, stderr: "" });
    expect(await increment("--key", 'order 17 "u"')).toEqual(first);
    expect((await increment("--key", "order 18")).stdout).not.toBe(first.stdout);
    expect(await call("counter", "increment", "--key", "")).toMatchObject({ code: 1 });
  });

  it("prints a text without its quotes, and what a call used", async () => {
    expect(await call("greet", "greet", "name=Ada", "-r")).toEqual(good("Hello, Ada!\n"));
    expect((await call("greet", "greet", "name=Ada", "--fuel")).stderr).toMatch(/^[\d,]+ units of fuel\n$/);
  });
});
