/** `hotcell dev` beside a running `hotcell serve`, while somebody edits. */

import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { finished, killRunning, Lines, startHotcell } from "../support/cli.ts";

const scratch = await mkdtemp(join(tmpdir(), "hotcell-dev-"));
afterAll(() => rm(scratch, { recursive: true }));
afterEach(killRunning);

const token = "a-token-of-the-tests";
const surroundings = { cwd: scratch, environment: { HOTCELL_TOKEN: token } };

async function serve(port = 0): Promise<string> {
  const lines = new Lines(startHotcell(["serve", "--port", String(port)], surroundings));
  return /http:\S+/.exec((await lines.until(/listens/)).join("\n"))![0];
}

async function makePlugin(
  name: string,
  template: string,
): Promise<(file: string, edit: (text: string) => string) => Promise<void>> {
  await finished(startHotcell(["new", name, "--template", template, "--no-build"], surroundings));
  return async (file, edit) => {
    const path = join(scratch, name, file);
    await writeFile(path, edit(await readFile(path, "utf8")));
  };
}

async function call(url: string, path: string, args: unknown[]): Promise<unknown> {
  const body = JSON.stringify(args);
  return (
    await fetch(`${url}/call/${path}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
    })
  ).json();
}

describe("hotcell dev", () => {
  it("keeps the host equal to the sources, and the live version through mistakes", async () => {
    const edit = await makePlugin("greet", "function");
    const url = await serve();
    const child = startHotcell(["dev", "greet", "--url", url], surroundings);
    const lines = new Lines(child);
    expect((await lines.until(/^live/)).at(-1)).toMatch(
      /^live: greet revision 1 \(created\), [\d,]+ bytes, \d+ ms$/,
    );
    expect(await call(url, "greet/greet", ["Ada"])).toBe("Hello, Ada!");
    // Whole from the beginning, so that there is one revision of it.
    await mkdir(join(scratch, "greet.files"));
    await writeFile(join(scratch, "greet.files/words.txt"), "Hello");
    await rename(join(scratch, "greet.files"), join(scratch, "greet/files"));
    expect((await lines.until(/files:/)).at(-1)).toBe("      files: 1 added (words.txt)");

    await edit("assembly/index.ts", (text) => text.replace("Hello", "Good evening"));
    expect((await lines.until(/^live/)).at(-1)).toMatch(/revision 3 \(swapped\)/);
    const split = (await lines.until(/asc/)).at(-1);
    expect(split).toMatch(
      /^ {6}wait [\d.]+ ms, asc .*, componentize .*, upload .*, prepare .*, swap [\d.]+ ms$/,
    );
    expect(await call(url, "greet/greet", ["Ada"])).toBe("Good evening, Ada!");

    // A mistake, and its correction together with a file in a new folder.
    await edit("assembly/index.ts", (text) => text.replace("string {", "strin {"));
    expect(await lines.error(/did not build/)).toContain("greet/assembly/index.ts(2,");
    expect(await call(url, "greet/greet", ["Ada"])).toBe("Good evening, Ada!");
    await mkdir(join(scratch, "greet/assembly/words"));
    await writeFile(join(scratch, "greet/assembly/words/bye.ts"), 'export const bye = "Bye, ";\n');
    await edit(
      "assembly/index.ts",
      (text) =>
        `import { bye } from "./words/bye";\n${text.replace("strin {", "string {").replace('"Good evening, "', "bye")}`,
    );
    await lines.until(/^live: .*revision 4/);
    expect(await call(url, "greet/greet", ["Ada"])).toBe("Bye, Ada!");
    await writeFile(join(scratch, "greet/assembly/words/bye.ts"), 'export const bye = "So long, ";\n');
    await lines.until(/^live: .*revision 5/);
    await writeFile(join(scratch, "greet/files/words.txt"), "So long");
    expect((await lines.until(/files:/)).at(-1)).toBe("      files: 1 changed (words.txt)");
    expect(await call(url, "greet/greet", ["Ada"])).toBe("So long, Ada!");

    child.kill("SIGINT");
    expect((await once(child, "close"))[0]).toBe(0);
  });

  it("shows the diff, and refuses what would break callers unless told otherwise", async () => {
    const edit = await makePlugin("shop", "function");
    const url = await serve();
    const lines = new Lines(
      startHotcell(["dev", "shop", "--name", "corner-shop", "--url", url], surroundings),
    );
    await lines.until(/^live: corner-shop revision 1/);

    await edit(
      "assembly/index.ts",
      (text) => `${text}export function tax(net: u32): u32 {\n  return net / 5;\n}\n`,
    );
    await edit("wit/world.wit", (text) =>
      text.replace("export greet", "export tax: func(net: u32) -> u32;\n  export greet"),
    );
    expect((await lines.until(/\+ func/)).at(-1)).toBe("          + func(net: u32) -> u32");
    expect(await call(url, "corner-shop/tax", [100])).toBe(20);

    await edit("assembly/index.ts", (text) => text.replaceAll("u32", "u64"));
    await edit("wit/world.wit", (text) => text.replaceAll("u32", "u64"));
    const refusal = await lines.error(/--allow-breaking/);
    expect(refusal).toMatch(/^ {2}Breaking \(1\).*\n\n {4}tax: result\n {6}- u32\n {6}\+ u64$/m);

    const allowed = new Lines(
      startHotcell(["dev", "shop", "--name", "corner-shop", "--url", url, "--allow-breaking"], surroundings),
    );
    expect((await allowed.until(/Breaking/)).at(-1)).toContain("Breaking (1)");
  });

  it("grants what calls.json says, with the real clock, follows its changes, and touches nothing else", async () => {
    const edit = await makePlugin("tick", "clock");
    const url = await serve();
    const dev = startHotcell(["dev", "tick", "--url", url], surroundings);
    let lines = new Lines(dev);
    await lines.until(/^live: tick revision 1/);
    expect(await call(url, "tick/get-time", [])).not.toBe("2026-11-22T10:15:02Z");
    expect(await call(url, "tick/get-time", [])).toMatch(/^\d{4}-\d\d-\d\dT/);
    const settings = async () => {
      const details = await (await fetch(`${url}/plugins/tick`)).json();
      return (details as { settings: object }).settings;
    };

    await edit("calls.json", (text) => text.replace('"grants"', '"mode": "fresh", "grants"'));
    await lines.until(/^live: tick revision 2/);
    expect((await lines.until(/mode:/)).at(-1)).toBe('      mode: "shared" → "fresh"');
    expect(await settings()).toMatchObject({ mode: "fresh", grants: { clocks: true } });

    const headers = { "content-type": "application/json", authorization: `Bearer ${token}` };
    const own = {
      env: { KEY: { secret: "hunter22" } },
      limits: { queue: 7 },
      grants: { clocks: { resolution: 5 } },
    };
    await fetch(`${url}/plugins/tick`, { method: "PATCH", headers, body: JSON.stringify(own) });
    dev.kill("SIGINT");
    await once(dev, "close");
    lines = new Lines(startHotcell(["dev", "tick", "--url", url], surroundings));
    await lines.until(/^live: tick revision 3 \(unchanged\)/);
    expect(await settings()).toMatchObject({
      ...own,
      env: { KEY: { secret: true } },
      limits: { queue: 7 },
      mode: "fresh",
    });

    await edit("calls.json", (text) => text.replace('"mode": "fresh", ', ""));
    await lines.until(/^live: tick revision 4/);
    expect(await settings()).toMatchObject({ mode: "shared", env: { KEY: { secret: true } } });
    await edit("calls.json", (text) => text.replace(/"clocks": \{[^}]*\}/, ""));
    expect(await lines.error(/calls\.json/)).toContain("wasi:clocks/wall-clock@0.2.0");
  });

  it("waits for a host that is not there yet, and says when the token is wrong", async () => {
    await makePlugin("early", "function");
    const free = createServer().listen(0, "127.0.0.1");
    await once(free, "listening");
    const { port } = free.address() as { port: number };
    free.close();
    await once(free, "close");

    const dev = ["dev", "early", "--url", `http://127.0.0.1:${port}`];
    const lines = new Lines(startHotcell(dev, surroundings));
    expect(await lines.error(/--url/)).toContain("hotcell serve");
    await serve(port);
    await lines.until(/^live: early revision 1/);

    const stranger = new Lines(startHotcell([...dev, "--token", "wrong"], surroundings));
    expect(await stranger.error(/--token/)).toContain("token is not the right one");
  });

  it("refuses what is no address", async () => {
    expect(await finished(startHotcell(["dev", "early", "--url", "localhost"], surroundings))).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("--url http://127.0.0.1:8787"),
    });
  });
});
