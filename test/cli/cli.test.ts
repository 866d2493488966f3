/** The command line and `npm start`, as processes of their own. */

import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { examplePlugins } from "../../guest-plugins/build.ts";
import { finished, killRunning, Lines, type Running, root, startHotcell, startNode } from "../support/cli.ts";
import { foreignImports, linksOf } from "../support/examples.ts";

const scratch = await mkdtemp(join(tmpdir(), "hotcell-cli-"));
afterAll(() => rm(scratch, { recursive: true }));
afterEach(killRunning);

const hotcell = (...args: string[]) => finished(startHotcell(args));

const linesUntil = (child: Running, pattern: RegExp) => new Lines(child).until(pattern);

describe("hotcell", () => {
  it("helps, with and without a verb", async () => {
    expect(await hotcell("--help")).toMatchObject({ code: 0, stdout: expect.stringContaining("serve") });
    for (const args of [
      ["serve", "--help"],
      ["help", "serve"],
    ]) {
      expect(await hotcell(...args)).toMatchObject({
        code: 0,
        stdout: expect.stringContaining("HOTCELL_PORT"),
      });
    }
    expect(await hotcell()).toMatchObject({ code: 2, stderr: expect.stringContaining("Usage") });
  });

  it("says its version", async () => {
    const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as { version: string };
    expect(await hotcell("--version")).toMatchObject({ code: 0, stdout: `${version}\n` });
  });

  it("gives near misses for an unknown verb", async () => {
    expect(await hotcell("sevre")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("Did you mean serve?"),
    });
  });

  it("refuses unknown options and bad values, with no stack", async () => {
    const unknown = await hotcell("serve", "--prot", "1");
    expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining("hotcell serve --help") });
    const bad = await hotcell("serve", "--port", "http");
    expect(bad).toMatchObject({ code: 2, stderr: expect.stringContaining("--port") });
    expect(bad.stderr).toContain("hotcell serve --help");
    for (const { stderr } of [unknown, bad]) expect(stderr).not.toContain("    at ");
  });

  it("refuses arguments that are no UTF-8", async () => {
    const line = `exec "$0" host/cli/hotcell.mjs token new --name "$(printf 'caf\\351')"`;
    const run = promisify(execFile)("/bin/sh", ["-c", line, process.execPath], { cwd: root });
    await expect(run).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining("has bytes that are no UTF-8"),
    });
  });

  it("says that a port is in use, and which", async () => {
    const taken = createServer().listen(0, "127.0.0.1");
    await once(taken, "listening");
    const { port } = taken.address() as { port: number };
    const { code, stderr } = await hotcell("serve", "--port", String(port), "--data", join(scratch, "taken"));
    taken.close();
    expect(code).toBe(1);
    expect(stderr).toContain(`127.0.0.1:${port} is in use already.`);
    expect(stderr).toContain("--port");
  });

  it("serves with a token it keeps, and ends in order on SIGTERM", async () => {
    const data = join(scratch, "serve");
    const serve = async () => {
      const child = startHotcell(["serve", "--port", "0", "--data", data]);
      const lines = (await linesUntil(child, /Admin token/)).join("\n");
      const url = /http:\S+/.exec(lines)![0];
      const token = /Admin token: (\S+)/.exec(lines)![1]!;
      return { child, url, token };
    };
    const first = await serve();
    expect((await stat(join(data, "token"))).mode & 0o777).toBe(0o600);
    expect((await fetch(`${first.url}/readyz`)).status).toBe(200);
    const authorized = await fetch(`${first.url}/plugins/none`, {
      method: "DELETE",
      headers: { authorization: `Bearer ${first.token}` },
    });
    expect(authorized.status).toBe(404);
    first.child.kill("SIGTERM");
    expect((await once(first.child, "close"))[0]).toBe(0);
    const second = await serve();
    expect(second.token).toBe(first.token);
    second.child.kill("SIGINT");
    expect((await once(second.child, "close"))[0]).toBe(0);
  });

  it("never prints a token that was given", async () => {
    const child = startHotcell(["serve", "--port", "0", "--data", join(scratch, "given")], {
      environment: { HOTCELL_TOKEN: "owners-own-secret" },
    });
    const lines = await linesUntil(child, /Admin token/);
    expect(lines.join("\n")).not.toContain("owners-own-secret");
    const url = /http:\S+/.exec(lines.join("\n"))![0];
    const headers = { authorization: "Bearer owners-own-secret" };
    expect((await fetch(`${url}/plugins/none`, { method: "DELETE", headers })).status).toBe(404);
  });
});

describe("npm start", async () => {
  const shell = promisify(execFile);
  /** One plugin for several builds. */
  const folders = await examplePlugins();
  const deployable = folders.filter((name) => foreignImports(name).length === 0 || linksOf(name).length > 0);
  const expected = [...new Set(deployable.map((name) => name.replace(/-v\d+$/, "")))].sort();

  it("starts without examples that are beyond the host's ceilings, and says so", async () => {
    const environment = {
      HOTCELL_PORT: "0",
      HOTCELL_DATA: join(scratch, "ceilings"),
      HOTCELL_CEILINGS: "componentBytes=10",
    };
    const lines = await linesUntil(startNode(["host/main.ts"], { environment }), /Ctrl-C/);
    for (const name of expected) {
      expect(lines.join("\n")).toContain(
        `Not deployed: the example ${name}. The component has more than 10 bytes`,
      );
    }
  });

  it("leaves out what its owner removed, and says how it comes back", async () => {
    const environment = {
      HOTCELL_TOKEN: "owners-own-secret",
      HOTCELL_PORT: "0",
      HOTCELL_DATA: join(scratch, "removed"),
    };
    const removed = ["counter", "friendly-time"];
    const start = async () => {
      const child = startNode(["host/main.ts"], { environment });
      const lines = await linesUntil(child, /Ctrl-C/);
      const url = /http:\S+/.exec(lines.join("\n"))![0];
      const { plugins } = (await (await fetch(`${url}/plugins`)).json()) as { plugins: { name: string }[] };
      const missing = lines.flatMap((line, i) => (line.endsWith("To bring it back:") ? [lines[i + 1]!] : []));
      return { child, lines, url, names: plugins.map(({ name }) => name), missing };
    };
    const end = async (child: Running) => {
      child.kill("SIGTERM");
      await once(child, "close");
    };
    const first = await start();
    expect([first.names, first.missing]).toEqual([expected, []]);
    for (const name of removed) {
      const headers = { authorization: `Bearer ${environment.HOTCELL_TOKEN}` };
      expect((await fetch(`${first.url}/plugins/${name}`, { method: "DELETE", headers })).status).toBe(204);
    }
    await end(first.child);

    const second = await start();
    expect(second.names).toEqual(expected.filter((name) => !removed.includes(name)));
    expect(second.lines).toContain("Not deployed: the example counter. It was removed. To bring it back:");
    // What it offers to try is there.
    expect(second.lines.filter((line) => line.startsWith("curl ")).join()).not.toMatch(
      /counter|friendly-time/,
    );
    for (const line of second.missing) {
      const quiet = line.trim().replace("curl", "curl --silent --show-error --fail-with-body --noproxy '*'");
      const { stdout } = await shell("sh", ["-c", quiet], {
        cwd: root,
        env: { ...process.env, ...environment },
      });
      expect(JSON.parse(stdout)).toMatchObject({ outcome: "created" });
    }
    expect(await (await fetch(`${second.url}/call/friendly-time/get-friendly-time`)).text()).toMatch(/^"/);
    await end(second.child);

    const third = await start();
    expect([third.names, third.missing]).toEqual([expected, []]);
    await end(third.child);
  });

  it.each([
    ["with a generated token", {}],
    [
      "with a given token on all addresses and private calls",
      { HOTCELL_TOKEN: "owners-own-secret", HOTCELL_HOST: "0.0.0.0", HOTCELL_PRIVATE_CALLS: "true" },
    ],
  ])("deploys the examples and prints curl lines that work when pasted, %s", async (_, environment) => {
    const child = startNode(["host/main.ts"], {
      environment: {
        HOTCELL_PORT: "0",
        HOTCELL_DATA: join(scratch, `start-${Object.keys(environment).length}`),
        ...environment,
      },
    });
    const lines = await linesUntil(child, /Ctrl-C/);
    const curls = lines.filter((line) => line.startsWith("curl "));
    expect(curls).toHaveLength(5);
    for (const name of folders.filter((folder) => !deployable.includes(folder)))
      expect(lines.some((line) => line.startsWith(`Not deployed: the example ${name}.`))).toBe(true);
    const paste = (line: string) =>
      shell("sh", ["-c", line.replace("curl", "curl --silent --show-error --fail-with-body --noproxy '*'")], {
        cwd: root,
        env: { ...process.env, ...environment },
      }).then(({ stdout }) => stdout);
    const [list, time, upload, withArguments, page] = curls as [string, string, string, string, string];
    const { plugins } = JSON.parse(await paste(list)) as { plugins: { name: string }[] };
    expect(plugins.map(({ name }) => name)).toEqual(expected);
    // The examples run on the real clock, whatever their checks hold still.
    expect(JSON.parse(await paste(time))).toMatch(/^\d{4}-\d\d-\d\dT/);
    expect(await paste(time)).not.toContain("2026-11-22T10:15:02Z");
    expect(JSON.parse(await paste(upload))).toMatchObject({ plugin: "friendly-time", outcome: "swapped" });
    expect(JSON.parse(await paste(time))).toMatch(/^当前时间:/);
    expect(await paste(withArguments)).not.toBe("");
    expect(await paste(page)).toBe("Hello, Ada Lovelace!");
    child.kill("SIGTERM");
    expect((await once(child, "close"))[0]).toBe(0);
  });

  it("leaves what its owner has upgraded as it is when it starts again", async () => {
    const environment = { HOTCELL_PORT: "0", HOTCELL_DATA: join(scratch, "again"), HOTCELL_TOKEN: "secret" };
    const start = async () => {
      const child = startNode(["host/main.ts"], { environment });
      const lines = await linesUntil(child, /Ctrl-C/);
      const url = /http:\/\/[^\s/]+/.exec(lines.join("\n"))![0];
      const time = async () => (await fetch(`${url}/call/friendly-time/get-friendly-time`)).json();
      return { child, url, time };
    };
    const first = await start();
    const upgrade = await fetch(`${first.url}/plugins/friendly-time`, {
      method: "PUT",
      headers: { authorization: "Bearer secret", "content-type": "application/wasm" },
      body: await readFile(join(root, "build/friendly-time-v2.wasm")),
    });
    expect(upgrade.status).toBe(200);
    const exited = once(first.child, "exit");
    first.child.kill("SIGTERM");
    await exited;
    expect(await (await start()).time()).toContain("当前时间");
  });

  it("says which variable is wrong", async () => {
    expect(
      await finished(startNode(["host/main.ts"], { environment: { HOTCELL_PORT: "eighty" } })),
    ).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("HOTCELL_PORT"),
    });
  });
});
