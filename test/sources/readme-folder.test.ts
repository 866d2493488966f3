/** README's lines about a folder of plugins, pasted one after the other beside a host of the command line's own. */
import { execFile, spawn } from "node:child_process";
import { on, once } from "node:events";
import { mkdtemp, readFile, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const readme = await readFile(join(root, "README.md"), "utf8");
const lines = /### A folder of plugins[\s\S]*?```bash\n([\s\S]*?)```/.exec(readme)![1]!.trim().split("\n");
const run = promisify(execFile);

it("README's folder: v1 lies there and is called, v2 is built over it, what does not fit is refused and v2 stays", async () => {
  const cwd = await mkdtemp(join(tmpdir(), "hotcell-readme-folder-"));
  await symlink(join(root, "build"), join(cwd, "build"));
  const paste = async (line: string) => (await run("sh", ["-c", line], { cwd })).stdout;
  const [make, settings, serve, call, ...rest] = lines;
  await paste(make!);
  await paste(settings!);
  const args = serve!.replace("npx hotcell ", "").replace(" &", "").split(" ");
  const server = spawn(process.execPath, [join(root, "host/cli/hotcell.mjs"), ...args, "--port", "0"], {
    cwd,
  });
  try {
    const said: string[] = [];
    const refused = (async () => {
      for await (const [line] of on(createInterface(server.stderr), "line"))
        if (String(line).includes("was not deployed")) return String(line);
    })();
    let port: string | undefined;
    for await (const line of createInterface(server.stdout)) {
      said.push(line);
      port = /http:\/\/127\.0\.0\.1:(\d+)/.exec(said.join("\n"))?.[1];
      if (port !== undefined) break;
    }
    server.stdout.resume();
    const ask = (line: string) => paste(line.replace("curl ", "curl -s ").replace("8787", port!));
    const kinds = { v1: /^"\d{4}-\d\d-\d\dT[\d:.]+Z"$/, v2: /^"当前时间:\d{4}-\d\d-\d\d [\d:]+"$/ };
    expect(await ask(call!)).toMatch(kinds.v1);
    const [build, next, unfit, last] = rest;
    await paste(build!);
    let answer = await ask(next!);
    while (!kinds.v2.test(answer)) {
      expect(answer).toMatch(kinds.v1);
      answer = await ask(next!);
    }
    await paste(unfit!);
    expect(await refused).toContain("friendly-time.wasm was not deployed");
    expect(await ask(last!)).toMatch(kinds.v2);
    expect(rest).toHaveLength(4);
  } finally {
    const ended = once(server, "exit");
    server.kill("SIGTERM");
    await ended;
    await rm(cwd, { recursive: true, force: true });
  }
});
