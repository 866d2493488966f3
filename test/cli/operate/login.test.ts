/** Hosts that `hotcell login` keeps, beside running hosts. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { root } from "../../support/cli.ts";
import { startTestHost, type TestHost } from "../../support/test-host.ts";
import { lineHere } from "./line-here.ts";

const scratch = await mkdtemp(join(tmpdir(), "hotcell-login-"));
const config = join(scratch, "config");
const file = join(config, "hotcell/hosts.json");
const hosts: TestHost[] = [];
afterAll(async () => {
  await Promise.all(hosts.map((host) => host.close()));
  await rm(scratch, { recursive: true });
});

const tokens = { one: "first-token-of-the-login-test", two: "second-token-of-the-login-test" } as const;
const urls = { one: "", two: "" };

beforeAll(async () => {
  for (const name of ["one", "two"] as const) {
    const host = await startTestHost({ adminToken: tokens[name] });
    hosts.push(host);
    urls[name] = host.url;
  }
});

/** Where no host serves from a folder. */
const hotcell = (args: readonly string[], environment: Record<string, string> = {}) =>
  lineHere(args, { XDG_CONFIG_HOME: config, HOTCELL_DATA: join(scratch, "none"), ...environment });

const login = (token: string, ...args: readonly string[]) => hotcell(["login", ...args, "--token", token]);

/** Tokens are the admin's alone to list: whether one came with the request shows in the answer. */
const tokenList = (...args: readonly string[]) => hotcell(["token", "list", ...args]);

describe("hotcell login", () => {
  it("keeps a host and its token, where nobody else can read it, and goes there", async () => {
    const first = await login(tokens.one, urls.one, "--name", "one");
    expect(first).toMatchObject({ code: 0, stdout: `Logged in to ${urls.one} as one, with a token.\n` });
    expect(first.stderr).toBe(`Kept in ${file}\n`);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await stat(join(config, "hotcell"))).mode & 0o777).toBe(0o700);
    expect(await tokenList()).toMatchObject({ code: 0 });
    expect((await hotcell(["ls", "--json"])).stdout).toBe('{\n  "plugins": []\n}\n');
  });

  it("has several by their names, and sends none another's token", async () => {
    expect(await login(tokens.two, urls.two, "--name", "two")).toMatchObject({ code: 0 });
    expect((await hotcell(["login", "--list"])).stdout).toBe(`  one  ${urls.one}\n* two  ${urls.two}\n`);
    for (const name of ["one", "two"] as const) {
      expect(await tokenList("--url", name)).toMatchObject({ code: 0 });
      expect(await tokenList("--url", urls[name])).toMatchObject({ code: 0 });
      // What is named has its own token, whatever is in the environment.
      const other = { HOTCELL_TOKEN: "of-another-host", HOTCELL_URL: name };
      expect(await hotcell(["token", "list"], other)).toMatchObject({ code: 0 });
      expect(await hotcell(["token", "list"], { ...other, HOTCELL_URL: urls[name] })).toMatchObject({
        code: 5,
      });
    }
    expect((await hotcell(["login", "--use", "one"])).stdout).toContain(`Verbs go to one now: ${urls.one}`);
    const listed = JSON.parse((await hotcell(["login", "--list", "--json"])).stdout) as { hosts: unknown };
    expect(listed.hosts).toEqual([
      { name: "one", url: urls.one, token: true, current: true },
      { name: "two", url: urls.two, token: true, current: false },
    ]);
    const unknown = await tokenList("--url", "tow");
    expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining("No host is known as tow.") });
    expect(unknown.stderr).toContain("Did you mean two?");
  });

  it("refuses a token that the host does not know, and keeps what it had", async () => {
    const before = await readFile(file, "utf8");
    const wrong = await login("wrong", urls.one, "--name", "three");
    expect(wrong).toMatchObject({ code: 5, stdout: "" });
    expect(wrong.stderr).toContain("The token is not the right one. (unauthorized)");
    expect(await login("x", "http://127.0.0.1:9")).toMatchObject({ code: 4 });
    expect(await login("x", "ftp://127.0.0.1")).toMatchObject({ code: 2 });
    expect(await readFile(file, "utf8")).toBe(before);
  });

  it("takes the token from standard input, where nobody can be asked", async () => {
    const args = [join(root, "host/cli/hotcell.mjs"), "login", urls.one, "--name", "piped"];
    const env = { ...process.env, XDG_CONFIG_HOME: config, HOTCELL_DATA: scratch };
    const child = spawn(process.execPath, args, { env, stdio: ["pipe", "ignore", "ignore"] });
    child.stdin.end(`${tokens.one}\nand another line\n`);
    expect(await once(child, "close")).toEqual([0, null]);
    expect(await tokenList("--url", "piped")).toMatchObject({ code: 0 });
    await hotcell(["logout", "piped"]);
    await hotcell(["login", "--use", "one"]);
  });

  it("uses no file that others may read", async () => {
    await chmod(file, 0o644);
    const refused = await hotcell(["ls"]);
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining("others than you may read") });
    expect(refused.stderr).toContain(`chmod 600 ${file}`);
    // Whoever says all by variables needs no file.
    const said = { HOTCELL_URL: urls.one, HOTCELL_TOKEN: tokens.one };
    expect(await hotcell(["ls"], said)).toMatchObject({ code: 0 });
    await chmod(file, 0o600);
  });

  it("forgets", async () => {
    expect((await hotcell(["logout"])).stdout).toBe(`Forgotten: one, ${urls.one}\n`);
    expect(await readFile(file, "utf8")).not.toContain(tokens.one);
    expect((await hotcell(["logout", "two"])).code).toBe(0);
    expect(await hotcell(["logout", "two"])).toMatchObject({ code: 1 });
    expect((await hotcell(["login", "--list"])).stdout).toBe("No hosts are kept: hotcell login URL\n");
  });
});
