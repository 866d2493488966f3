/** What `guest-plugins/README.md` says of state and lifecycle, held by the template that it shows. */

import { mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { finished, killRunning, root, startHotcell } from "../support/cli.ts";
import { awake, hostOfEachTest } from "../support/hosts.ts";

const scratch = await mkdtemp(join(tmpdir(), "hotcell-state-"));
const entry = join(scratch, "visits/assembly/index.ts");
const source = () => readFile(entry, "utf8");
const page = await readFile(join(root, "guest-plugins/README.md"), "utf8");
afterAll(() => rm(scratch, { recursive: true }));
afterEach(killRunning);

async function build(): Promise<Uint8Array> {
  const built = await finished(startHotcell(["build", "visits"], { cwd: scratch }));
  expect(built).toMatchObject({ code: 0, stderr: "" });
  return readFile(join(scratch, "visits/build/visits.wasm"));
}

let first: Uint8Array;
let second: Uint8Array;
/** Its health is bad where it has no state, and it reads nothing that the others wrote. */
let picky: Uint8Array;

beforeAll(async () => {
  await symlink(join(root, "node_modules"), join(scratch, "node_modules"));
  const made = await finished(
    startHotcell(["new", "visits", "--template", "state", "--no-build"], { cwd: scratch }),
  );
  expect(made.code).toBe(0);
  first = await build();
  const text = await source();
  await writeFile(entry, text.replace("list.slice(0, length)", "list.slice(0, length + 1)"));
  second = await build();
  await writeFile(entry, text.replace("parts.length != 2", "parts.length != 3"));
  picky = await build();
  await writeFile(entry, text);
});

const { registry } = hostOfEachTest();

const deploy = (wasm: Uint8Array, env: Record<string, string> = { top: "1" }) =>
  registry.deploy("visits", wasm, { settings: { env } });
const call = (name: string, ...args: unknown[]) => awake(registry.callable("visits", name)).call(args);

it("the page shows code that the template has", async () => {
  const blocks = Array.from(
    page.split("## State and lifecycle")[1]!.matchAll(/```ts\n([\s\S]*?)```/g),
    ([, code]) => code!,
  );
  expect(blocks.length).toBeGreaterThan(0);
  const text = await source();
  for (const code of blocks) expect(text).toContain(code);
});

it("state goes to the next version and back", async () => {
  await deploy(first);
  await call("visit", "/");
  await call("visit", "/a b");
  await call("visit", "/a b");
  expect(await call("top")).toEqual([["/a b", 2]]);
  await deploy(second);
  expect(await call("top")).toEqual([
    ["/a b", 2],
    ["/", 1],
  ]);
  await call("visit", "/");
  await registry.rollback("visits");
  await call("visit", "/");
  expect(await call("top")).toEqual([["/", 3]]);
});

it("settings that init refuses, and state that restore refuses, leave all as it is", async () => {
  await deploy(first);
  await call("visit", "/");
  await expect(deploy(second, { top: "none" })).rejects.toMatchObject({
    code: "init-failed",
    message: expect.stringContaining("top is none"),
  });
  await expect(deploy(picky)).rejects.toMatchObject({
    code: "restore-failed",
    message: expect.stringContaining("saved a line that is none"),
  });
  expect(await call("top")).toEqual([["/", 1]]);
  await registry.configure("visits", { env: { top: "3" } });
  await call("visit", "/b");
  expect(await call("top")).toEqual([
    ["/", 1],
    ["/b", 1],
  ]);
});
