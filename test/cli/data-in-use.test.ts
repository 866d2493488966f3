/** Two hosts on one data folder: the second is told of the first, or takes over when the first ends. */

import { once } from "node:events";
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createHost } from "../../host/host.ts";
import { finished, killRunning, Lines, type Running, startHotcell } from "../support/cli.ts";
import { exampleWasm } from "../support/examples.ts";

let folder: string;
let data: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hotcell-in-use-"));
  data = join(folder, "data");
});
afterEach(async () => {
  await killRunning();
  await rm(folder, { recursive: true, force: true });
});

const start = (...options: string[]) => startHotcell(["serve", "--port", "0", "--data", data, ...options]);

async function serve(...options: string[]): Promise<{ child: Running; url: string }> {
  const child = start(...options);
  const [url = ""] = /http:\S+/.exec((await new Lines(child).until(/listens on/)).at(-1)!) ?? [];
  return { child, url };
}

async function end(child: Running, signal: NodeJS.Signals): Promise<void> {
  const exited = once(child, "exit");
  child.kill(signal);
  await exited;
}

const upload = async (url: string, name: string) =>
  fetch(`${url}/plugins/${name}`, {
    method: "PUT",
    body: new Uint8Array(exampleWasm("counter")),
    headers: {
      authorization: `Bearer ${(await readFile(join(data, "token"), "utf8")).trim()}`,
      "content-type": "application/wasm",
    },
  });

it("refuses to start, naming the process, its address and since when, and says how to restart", async () => {
  const first = await serve();
  for (const path of [data, join(folder, "link")]) {
    if (path !== data) await symlink(data, path);
    const { code, stdout, stderr } = await finished(startHotcell(["serve", "--port", "0", "--data", path]));
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain(`process ${first.child.pid}`);
    expect(stderr).toContain(first.url);
    expect(stderr).toMatch(/since \d{4}-\d\d-\d\dT/);
    expect(stderr).toContain("--wait-for-data");
    expect(stderr).not.toContain("    at ");
  }
  expect((await upload(first.url, "counter")).status).toBe(201);
});

it.each(["SIGKILL", "SIGTERM"] as const)("starts at once after %s of the one before", async (signal) => {
  const first = await serve();
  await upload(first.url, "counter");
  await end(first.child, signal);
  const second = await serve();
  expect(await (await fetch(`${second.url}/call/counter/increment?by=3`)).json()).toBe(3);
});

it("takes no notice of what a dead host, another process or a copy left behind", async () => {
  const first = await serve();
  await upload(first.url, "counter");
  await cp(data, join(folder, "copy"), { recursive: true });
  await end(first.child, "SIGKILL");
  // The id of a process that lives, as after a reboot or in another container.
  await writeFile(
    join(data, "hotcell.lock.json"),
    JSON.stringify({ pid: process.pid, machine: "elsewhere", since: "2020-01-01T00:00:00Z" }),
  );
  const second = await serve();
  // Beside the original, from which it was copied while that was in use.
  data = join(folder, "copy");
  const third = await serve();
  for (const { url } of [second, third]) expect((await fetch(`${url}/plugins/counter`)).status).toBe(200);
});

it("waits where it is told to, and takes over when the one before ends", async () => {
  const first = await serve();
  await upload(first.url, "counter");
  const child = start("--wait-for-data", "60");
  const lines = new Lines(child);
  expect(await lines.error(/Waiting/)).toContain(`process ${first.child.pid}`);
  await end(first.child, "SIGTERM");
  const [url = ""] = /http:\S+/.exec((await lines.until(/listens on/)).at(-1)!) ?? [];
  expect(await (await fetch(`${url}/call/counter/increment?by=3`)).json()).toBe(3);
});

it("gives up waiting when the time is over, and when it is stopped", async () => {
  const first = await serve();
  const late = await finished(start("--wait-for-data", "1"));
  expect(late).toMatchObject({ code: 1, stderr: expect.stringContaining(`process ${first.child.pid}`) });
  const stopped = start("--wait-for-data", "3600");
  await new Lines(stopped).error(/Waiting/);
  const exited = once(stopped, "exit");
  stopped.kill("SIGTERM");
  expect((await exited)[0]).toBe(1);
});

it("leaves room for hotcell backup", async () => {
  const first = await serve();
  await upload(first.url, "counter");
  const copy = join(folder, "copy.db");
  expect(await finished(startHotcell(["backup", copy, "--data", data]))).toMatchObject({ code: 0 });
  expect((await finished(start())).code).toBe(1);
});

it("holds within one process too, and ends with the host", async () => {
  const first = await createHost({ data });
  first.listensAt("http://127.0.0.1:1");
  await expect(createHost({ data })).rejects.toMatchObject({
    code: "data-in-use",
    status: 503,
    facts: {
      subject: data,
      remedy: expect.stringContaining("HOTCELL_WAIT_FOR_DATA"),
      extra: { holder: { pid: process.pid, address: "http://127.0.0.1:1" } },
    },
  });
  const second = createHost({ data, waitForData: 60_000 });
  await first.close();
  await first.close();
  await (await second).close();
});

it("is not held by a start that failed", async () => {
  await mkdir(join(data, "hotcell.db"), { recursive: true });
  await expect(createHost({ data })).rejects.toMatchObject({ code: "store-unavailable" });
  await rm(join(data, "hotcell.db"), { recursive: true });
  await using _host = await createHost({ data });
});
