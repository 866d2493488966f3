/** `hotcell token` and `hotcell backup` beside a running `hotcell serve`. */

import { chown, mkdir, mkdtemp, rename, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { remoteHost } from "../../host/cli/remote/remote-host.ts";
import { finished, killRunning, Lines, type Surroundings, startHotcell } from "../support/cli.ts";
import { exampleWasm } from "../support/examples.ts";

const scratch = await mkdtemp(join(tmpdir(), "hotcell-token-"));
afterAll(() => rm(scratch, { recursive: true }));
afterEach(killRunning);

/** A host of its own, in a folder of its own, and the command line there: it finds the admin token by itself. */
async function serve(name: string, ...options: string[]) {
  const cwd = join(scratch, name);
  await mkdir(cwd, { recursive: true });
  const surroundings: Surroundings = { cwd };
  const child = startHotcell(["serve", "--port", "0", ...options], surroundings);
  const text = (await new Lines(child).until(/Admin token/)).join("\n");
  const url = /http:\S+/.exec(text)![0];
  const hotcell = (...args: string[]) => finished(startHotcell(args, surroundings));
  return { cwd, url, hotcell, token: /Admin token: (\S+)/.exec(text)![1]! };
}

async function request(url: string, method: string, token: string, body?: Uint8Array): Promise<number> {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/wasm" };
  return (await fetch(url, { method, headers, ...(body && { body: new Uint8Array(body) }) })).status;
}

const counter = exampleWasm("counter");
const greet = exampleWasm("greet");
const pricing = exampleWasm("pricing");

describe("hotcell token", () => {
  it("makes a token for others, lists it, and revokes it", async () => {
    const { url, hotcell } = await serve("life");
    const made = await hotcell(
      ...["token", "new", "--scope", "deploy", "--scope", "call", "--plugin", "shop", "--url", url],
    );
    // Alone, for a script to catch.
    expect(made.stdout).toMatch(/^hotcell_[0-9a-f]{12}_[\w-]{43}\n$/);
    const token = made.stdout.trim();
    const id = token.split("_")[1]!;
    expect(made).toMatchObject({
      code: 0,
      stderr: `Token ${id}, call and deploy for shop. It is not shown again:\n`,
    });
    expect(await request(`${url}/plugins/shop`, "PUT", token, counter)).toBe(201);
    expect(await request(`${url}/plugins/other`, "PUT", token, counter)).toBe(403);

    const list = () => hotcell("token", "list", "--url", url);
    expect((await list()).stdout).toMatch(new RegExp(`^${id} {2}call and deploy for shop, made \\S+Z\\n$`));
    expect(await hotcell("token", "revoke", id, "--url", url)).toMatchObject({ stdout: `Revoked: ${id}\n` });
    expect(await request(`${url}/plugins/shop`, "PUT", token, counter)).toBe(401);
    expect((await list()).stdout).toContain(", revoked ");
    expect(await hotcell("token", "revoke", id, "--url", url)).toMatchObject({
      code: 6,
      stderr: expect.stringContaining(`There is no token ${id} that could be revoked.`),
    });
  });

  it("finds the host and its token from a folder below, as after hotcell new and cd", async () => {
    const { cwd, url, token } = await serve("above");
    const below = join(cwd, "my-plugin", "assembly");
    await mkdir(below, { recursive: true });
    const list = (environment: Record<string, string>, ...options: string[]) =>
      finished(startHotcell(["token", "list", ...options], { cwd: below, environment }));
    const good = { code: 0, stdout: expect.stringContaining("no tokens besides") };
    expect(await list({})).toMatchObject(good);
    const { port } = new URL(url);
    expect(await list({ HOTCELL_PORT: port })).toMatchObject(good);
    expect(await list({ HOTCELL_HOST: "0.0.0.0", HOTCELL_PORT: port })).toMatchObject(good);
    expect(await list({ HOTCELL_DATA: "../../.hotcell" })).toMatchObject(good);
    // Where the API has an address of its own, that is the one.
    expect(await list({ HOTCELL_PORT: "1", HOTCELL_ADMIN: `127.0.0.1:${port}` })).toMatchObject(good);
    // --url before all.
    expect(await list({ HOTCELL_PORT: "1" }, "--url", url)).toMatchObject(good);
    expect(await list({ HOTCELL_PORT: "1" })).toMatchObject({
      code: 4,
      stderr: expect.stringContaining("http://127.0.0.1:1 does not answer"),
    });
    // A folder of a host that ended is nearer, and its token another one.
    await mkdir(join(below, ".hotcell"));
    await writeFile(join(below, ".hotcell", "token"), "old\n");
    expect(await list({})).toMatchObject(good);
    expect(remoteHost("http://192.0.2.1:8787", undefined, {}, below).token).toBeUndefined();
    expect(remoteHost(url, undefined, {}, below).token).toBe(token);
  });

  it.runIf(process.getuid?.() === 0)(
    "takes no data folder or file of another user, unless it is named",
    async () => {
      const { cwd, url, token } = await serve("foreign");
      const data = join(cwd, ".hotcell");
      for (const file of [join(data, "token"), join(data, "hotcell.lock.json"), data]) {
        await chown(file, 65_534, 65_534);
        const found = remoteHost(undefined, undefined, {}, cwd);
        expect(found.token).toBeUndefined();
        expect(remoteHost(url, undefined, {}, cwd).token).toBeUndefined();
      }
      expect(remoteHost(undefined, undefined, {}, cwd).url).toBe("http://127.0.0.1:8787");
      expect(remoteHost(undefined, undefined, { HOTCELL_DATA: data }, cwd)).toEqual({ url, token });
    },
  );

  it("gives it a name, an end and patterns of plugins", async () => {
    const { url, hotcell } = await serve("patterns");
    const options = ["--name", "the pipeline", "--expires", "30d", "--plugin", "t42-*", "--plugin", "shop"];
    const made = await hotcell("token", "new", "--scope", "deploy", ...options, "--url", url);
    const token = made.stdout.trim();
    const id = token.split("_")[1]!;
    expect(made.stderr).toMatch(
      new RegExp(`^Token ${id} \\(the pipeline\\), deploy for t42-\\*, shop, expires \\S+Z\\. It is not`),
    );
    expect(await request(`${url}/plugins/t42-web`, "PUT", token, counter)).toBe(201);
    expect(await request(`${url}/plugins/shop`, "PUT", token, counter)).toBe(201);
    expect(await request(`${url}/plugins/t42`, "PUT", token, counter)).toBe(403);
    expect((await hotcell("token", "list", "--url", url)).stdout).toMatch(
      new RegExp(`^${id}  the pipeline: deploy for t42-\\*, shop, made \\S+Z, expires \\S+Z\\n$`),
    );
    for (const [wrong, message] of [
      [["--expires", "soon"], "expiresIn is"],
      [["--expires", "2001-01-01"], "expiresAt is"],
      [["--plugin", "*"], "leave plugins out"],
      [["--name", ""], "can't be a token's name"],
    ] as const) {
      expect(await hotcell("token", "new", "--scope", "read", ...wrong, "--url", url)).toMatchObject({
        code: 1,
        stderr: expect.stringContaining(message),
      });
    }
  });

  it("says what is wrong, and whose token it takes", async () => {
    const { url, hotcell } = await serve("wrong");
    expect((await hotcell("token", "list", "--url", url)).stdout).toContain("no tokens");
    for (const [args, message] of [
      [["token"], "new, list or revoke"],
      [["token", "mew"], "new, list or revoke"],
      [["token", "new"], "--scope is missing"],
      [["token", "new", "shop", "--scope", "read"], "options only"],
      [["token", "revoke"], "ID is missing"],
      [["token", "list", "--scope", "read"], "hotcell token new"],
      [["token", "revoke", "none", "--name", "ci"], "hotcell token new"],
      [["token", "list", "--expires", "30d"], "hotcell token new"],
    ] as const) {
      expect(await hotcell(...args)).toMatchObject({ code: 2, stderr: expect.stringContaining(message) });
    }
    const made = await hotcell("token", "new", "--scope", "deploy", "--url", url);
    for (const [code, args, message] of [
      [1, ["new", "--scope", "write"], 'There is no scope "write".'],
      [1, ["new", "--scope", "admin", "--plugin", "shop"], "can't be limited"],
      [5, ["list", "--token", made.stdout.trim()], "This needs a token of scope admin"],
      [5, ["list", "--token", "wrong"], "not the right one"],
    ] as const) {
      expect(await hotcell("token", ...args, "--url", url)).toMatchObject({
        code,
        stderr: expect.stringContaining(message),
      });
    }
  });

  it("lets calls in where they are private", async () => {
    const { url, hotcell, token } = await serve("private", "--private-calls");
    await request(`${url}/plugins/counter`, "PUT", token, counter);
    const call = `${url}/call/counter/increment?by=1`;
    expect((await fetch(call)).status).toBe(401);
    const made = await hotcell(...["token", "new", "--scope", "call", "--plugin", "counter", "--url", url]);
    expect(await request(call, "GET", made.stdout.trim())).toBe(200);
  });
});

describe("hotcell backup", () => {
  it("copies a host's store while it runs, and another host serves from the copy", async () => {
    const first = await serve("first");
    await request(`${first.url}/plugins/counter`, "PUT", first.token, counter);
    const scopes = ["--scope", "deploy", "--scope", "configure"];
    const made = await first.hotcell("token", "new", ...scopes, "--url", first.url);
    const put = ({ url, token }: typeof first, path: string, bytes: Uint8Array) =>
      request(`${url}${path}`, "PUT", token, bytes);
    await put(first, "/contracts/counting?plugins=count*", counter);
    for (const model of [counter, greet, pricing]) await put(first, "/contracts/greeting", model);
    await request(`${first.url}/contracts/greeting?version=3`, "DELETE", first.token);
    const taken = await first.hotcell("backup", "copy.db");
    expect(taken).toMatchObject({ code: 0, stderr: "" });
    expect(taken.stdout).toMatch(/^copy\.db: [\d,]+ bytes\n$/);
    expect((await stat(join(first.cwd, "copy.db"))).mode & 0o777).toBe(0o600);
    // What comes after is not in it, and the host it was taken of goes on.
    await request(`${first.url}/plugins/later`, "PUT", first.token, counter);

    const restored = join(scratch, "second", ".hotcell");
    await mkdir(restored, { recursive: true });
    await rename(join(first.cwd, "copy.db"), join(restored, "hotcell.db"));
    const second = await serve("second");
    expect(await (await fetch(`${second.url}/call/counter/increment?by=3`)).json()).toBe(3);
    expect((await fetch(`${second.url}/plugins/later`)).status).toBe(404);
    expect((await fetch(`${first.url}/plugins/later`)).status).toBe(200);
    // The same gates hold, and the number of what was removed is not given again.
    expect(await put(second, "/plugins/counter", greet)).toBe(409);
    expect(await put(second, "/plugins/count-more", greet)).toBe(409);
    expect(await put(second, "/plugins/count-more", counter)).toBe(201);
    await put(second, "/contracts/greeting", pricing);
    const headers = { authorization: `Bearer ${second.token}` };
    expect(await (await fetch(`${second.url}/contracts`, { headers })).json()).toMatchObject({
      contracts: [
        { name: "counting", versions: [1], plugins: ["count*"], users: ["count-more", "counter"] },
        { name: "greeting", versions: [1, 2, 4] },
      ],
    });
    // Tokens for others are in it; the admin token is not.
    expect(await request(`${second.url}/plugins/new`, "PUT", made.stdout.trim(), counter)).toBe(201);
    expect(await request(`${second.url}/plugins/new`, "DELETE", first.token)).toBe(401);
  });

  it("refuses what is no data folder, what is in use, and a place that is not there", async () => {
    const { hotcell, cwd } = await serve("refusals");
    const none = await hotcell("backup", "copy.db", "--data", "nothing");
    expect(none).toMatchObject({ code: 1, stderr: expect.stringContaining("no host's data folder") });
    await expect(stat(join(cwd, "nothing"))).rejects.toMatchObject({ code: "ENOENT" });
    await expect(stat(join(cwd, "copy.db"))).rejects.toMatchObject({ code: "ENOENT" });
    expect(await hotcell("backup", ".hotcell/hotcell.db")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("is a store in use"),
    });
    expect(await hotcell("backup", "missing/copy.db")).toMatchObject({ code: 1 });
    expect(await hotcell("backup")).toMatchObject({ code: 2, stderr: expect.stringContaining("FILE") });
  });
});
