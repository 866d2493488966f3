/** Programs of embedders in examples/, run beside the packed package: on this Node, and on the oldest one that can do all. */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { copyFile, mkdir, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { projectWithPackage } from "../support/packed.ts";
import { buildComponent } from "../support/plugin-build.ts";
import { complaintsOfTypeScript } from "./strict-typescript.ts";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../..", import.meta.url));
const beside = join(root, "tools/embedders/node_modules");
const isThere = existsSync(beside);
const examples = (await readdir(join(root, "examples"))).filter((file) => file.endsWith(".ts"));
const token = "a-token-for-the-example";

let project: string;
beforeAll(async () => {
  project = await projectWithPackage();
  for (const file of await readdir(join(root, "build")))
    if (file.endsWith(".wasm")) await copyFile(join(root, "build", file), join(project, file));
  await copyFile(join(root, "guest-plugins/merchant/wit/deps/shop/shop.wit"), join(project, "shop.wit"));
  for (const name of ["express", "fastify", "undici-types"])
    await symlink(join(root, "node_modules", name), join(project, "node_modules", name));
  await mkdir(join(project, "node_modules/@types"));
  const types = isThere ? beside : join(root, "node_modules");
  for (const name of await readdir(join(types, "@types")))
    await symlink(join(types, "@types", name), join(project, "node_modules/@types", name));
  if (isThere) await symlink(join(beside, "@opentelemetry"), join(project, "node_modules/@opentelemetry"));
  for (const file of examples)
    await copyFile(join(project, "node_modules/hotcell/examples", file), join(project, file));
});
afterAll(() => rm(project, { recursive: true, force: true }));

it("the examples are listed on their page", async () => {
  const listed = await readFile(join(root, "examples/README.md"), "utf8");
  expect(examples.length).toBeGreaterThan(6);
  for (const file of examples) expect(listed).toContain(`](${file})`);
});

it("the examples are accepted by a strict TypeScript project", async () => {
  const needsBeside = (file: string) => file.startsWith("express") || file === "traces.ts";
  const typed = isThere || process.env.CI ? examples : examples.filter((file) => !needsBeside(file));
  expect(await complaintsOfTypeScript(project, typed)).toBe("");
});

const older = [["Node 24", join(beside, ".bin/node")]] as const;
const nodes = [["this Node", process.execPath] as const, ...(isThere || process.env.CI ? older : [])];

describe.each(nodes)("the examples, on %s", (_, node) => {
  const output = async (...args: string[]) => (await run(node, args, { cwd: project })).stdout;

  /** An app that listens; it ends by itself once it is told to. */
  async function begin(args: readonly string[], env: NodeJS.ProcessEnv = { TOKEN: token }) {
    const app = spawn(node, args, {
      cwd: project,
      env: { ...process.env, TOKEN: undefined, ...env, PORT: "0" },
      stdio: ["ignore", "pipe", "inherit"],
    });
    const ended = once(app, "exit");
    const lines = createInterface(app.stdout)[Symbol.asyncIterator]();
    const next = async () => String((await lines.next()).value);
    const end = async () => {
      app.kill("SIGTERM");
      expect(await ended).toEqual([0, null]);
    };
    return { url: await next(), next, [Symbol.asyncDispose]: end };
  }

  it("open a plugin and call it", async () => {
    const stdout = await output("open-and-call.ts", "greet.wasm", "Bo");
    expect(stdout).toContain("export greet: func(name: string) -> string;");
    expect(stdout.split("\n").filter((line) => line === "Hello, Bo!")).toHaveLength(2);
  });

  it("give a plugin functions of the program's own, async ones too", async () => {
    expect((await output("host-functions.ts", "merchant.wasm")).trimEnd().split("\n")).toEqual([
      "2 tea for 500 cents",
      "coffee is sold out",
      "gold is not known",
      "98 tea left",
      "offer: expected func(name: string) -> string, is func(name: string, count: u32) -> string",
    ]);
  });

  it("let plugins of merchants call functions of a shop's", async () => {
    expect((await output("shop.ts", "merchant.wasm", "shop.wit")).trimEnd().split("\n")).toEqual([
      "teahouse reserved 2 tea for ada",
      "2 tea for 500 cents",
      "teahouse reserved 10 tea for ada",
      "10 tea for 2250 cents",
      "coffee is sold out",
      "gold is not known",
      "{ 'shop-db': { calls: 6 } }",
    ]);
  });

  it("ask three discounts by one call", async () => {
    expect((await output("discounts.ts", "discount.wasm")).trimEnd().split("\n")).toEqual([
      ...["discount-friends 950n", "discount-large not given", "discount-student 900n", "1000 cents are 900"],
      ...["discount-friends 9500n", "discount-large 8000n", "discount-student 9000n"],
      "10000 cents are 8000",
      "{ plugin: 'discount-closing', value: 500n }",
    ]);
  });

  it.skipIf(!isThere && !process.env.CI)("record spans within one of the program's own", async () => {
    const lines = (await output("traces.ts", "greet.wasm")).trimEnd().split("\n");
    expect(lines[0]).toBe("Hello, Ada!");
    expect(lines).toContain("greet greet in welcome greet");
    expect(lines).toContain("compile in deploy upload ");
    expect(lines.at(-1)!.trim()).toBe("welcome in nothing");
  });

  it("let a plugin judge the requests of an app", async () => {
    expect((await output("filters.ts", "gate.wasm")).trimEnd().split("\n")).toEqual([
      "200 Hello, stranger! DENY",
      "403 Not here. null",
      "200 Hello, root! null",
    ]);
  });

  it("serve a plugin behind a route of a Hono app, and replace it", async () => {
    await using app = await begin(["hono-app.ts", "greet.wasm"]);
    const hello = (body: string) => fetch(`${app.url}/hello`, { method: "POST", body });
    expect(await (await hello('["Ada"]')).json()).toBe("Hello, Ada!");
    const refused = await hello("[7]");
    expect(refused.status).toBe(400);
    expect(await refused.json()).toMatchObject({ code: "bad-argument", expected: "string" });
    const noJson = await hello("Ada");
    expect(noJson.status).toBe(400);
    expect(await noJson.json()).toMatchObject({ code: "bad-json", remedy: expect.any(String) });
    expect(await upload(app.url, "greet.wasm")).toMatchObject({ outcome: "unchanged", revision: 1 });
  });

  it.each(["express", "fastify"])("serve plugins in an app of %s, and replace them", async (framework) => {
    await using app = await begin([`${framework}-app.ts`, "greet.wasm", "router.wasm"]);
    const hello = (body: string) =>
      fetch(`${app.url}/hello`, { method: "POST", headers: { "content-type": "application/json" }, body });
    expect(await (await hello('{"name":"Ada"}')).json()).toEqual({ greeting: "Hello, Ada!" });
    const refused = await hello('{"name":7}');
    expect([refused.status, refused.headers.get("content-type")]).toEqual([
      400,
      expect.stringContaining("application/problem+json"),
    ]);
    expect(await refused.json()).toMatchObject({ code: "bad-argument", expected: "string" });
    expect((await hello("{")).status).toBe(400);
    expect(await (await fetch(`${app.url}/people/hello/Ada`)).text()).toBe("Hello, Ada!");
    expect(await upload(app.url, "counter.wasm")).toMatchObject({ status: 409, code: "incompatible" });
    expect(await upload(app.url, "greet.wasm")).toMatchObject({ outcome: "unchanged", revision: 1 });
    // A stream of events that is open keeps nothing from ending.
    const events = await fetch(`${app.url}/plugins-api/events`, {
      headers: { authorization: `Bearer ${token}` },
    });
    expect(events.status).toBe(200);
    expect((await fetch(`${app.url}/nowhere`)).status).toBe(404);
  });

  it("follow a plugin's file, and go on with what is built over it", async () => {
    const file = join(project, "followed.wasm");
    await copyFile(join(project, "greet.wasm"), file);
    await using app = await begin(["hot-reload.ts", file]);
    const ask = async () => (await fetch(`${app.url}/Bo`)).text();
    expect(await ask()).toBe("Hello, Bo!");
    await copyFile(join(project, "counter.wasm"), file);
    expect(await app.next()).toBe("refused: incompatible");
    expect(await ask()).toBe("Hello, Bo!");
    const source = 'export function greet(name: string): string { return "Hi, " + name; }';
    const wit = "package acme:hi@1.0.0;\nworld hi { export greet: func(name: string) -> string; }\n";
    const files = { "wit/world.wit": wit, "assembly/index.ts": source };
    await writeFile(file, await buildComponent({ files }));
    expect(await app.next()).toMatch(/^swapped to sha256:/);
    expect(await ask()).toBe("Hi, Bo");
  });

  it.runIf(node === process.execPath)("make a token where none is set, and say it", async () => {
    await using app = await begin(["hono-app.ts", "greet.wasm"], {});
    const [, made] = /^TOKEN=(\w{64})$/.exec(await app.next()) ?? [];
    const list = (key: string) =>
      fetch(`${app.url}/plugins-api/tokens`, { headers: { authorization: `Bearer ${key}` } });
    expect((await list(made!)).status).toBe(200);
    expect((await list("another")).status).toBe(401);
  });
});

describe.skipIf(!isThere && !process.env.CI)("on a Node 24 that can't suspend plugins", () => {
  const [[, node]] = older;
  // Node before 24.20 lacks it, and has no other difference that counts here.
  const lacking = "data:text/javascript,delete WebAssembly.Suspending; delete WebAssembly.promising";
  const attempt = (...args: string[]) => run(node, ["--import", lacking, ...args], { cwd: project });

  it("plugins that never wait run", async () => {
    expect((await attempt("open-and-call.ts", "greet.wasm")).stdout).toContain("Hello, Ada!");
  });

  it.each([
    ["host-functions.ts", "merchant.wasm"],
    ["shop.ts", "merchant.wasm", "shop.wit"],
  ])("%s says which Node it needs", async (...args) => {
    const { stderr } = await attempt(...args).catch((error: { stderr: string }) => error);
    expect(stderr).toContain("can't suspend a plugin");
    expect(stderr).toContain("Node 26 or newer, or Node 24 from 24.20 on");
  });
});

/** Answer to an upload of the plugin greet. */
async function upload(url: string, file: string): Promise<unknown> {
  const answer = await fetch(`${url}/plugins-api/plugins/greet`, {
    method: "PUT",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/wasm" },
    body: await readFile(join(project, file)),
  });
  return answer.json();
}
