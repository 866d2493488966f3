/** The access log of a host that runs as a process, on a standard output that others read, or don't. */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { finished, killRunning, Lines, startHotcell } from "../../support/cli.ts";

const scratch = await mkdtemp(join(tmpdir(), "hotcell-access-log-"));
afterEach(killRunning);
afterAll(() => rm(scratch, { recursive: true }));

describe("hotcell serve --access-log", () => {
  it("writes a line for each request, the last before it ends, and waits for nobody who reads them", async () => {
    const data = await mkdtemp(join(scratch, "data-"));
    const child = startHotcell(["serve", "--port", "0", "--data", data, "--access-log", "json"]);
    const lines = new Lines(child);
    const url = /http\S+$/.exec((await lines.until(/^Hotcell listens on /)).at(-1)!)![0];
    await fetch(`${url}/healthz`).then((answer) => answer.text());
    const [line] = (await lines.until(/^\{/)).slice(-1);
    expect(JSON.parse(line!)).toMatchObject({ method: "GET", path: "/healthz", status: 200 });
    // More than the pipe and its reader take.
    child.stdout.pause();
    const path = `/${"x".repeat(900)}`;
    for (let turn = 0; turn < 20; turn++) {
      await Promise.all(
        Array.from({ length: 50 }, () => fetch(`${url}${path}`).then((answer) => answer.arrayBuffer())),
      );
    }
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    child.stdout.resume();
    await fetch(`${url}/readyz`).then((answer) => answer.text());
    const told = await lines.until(/"\/readyz"/);
    expect(told.filter((each) => each.includes(path))).toHaveLength(1_000);
    await fetch(`${url}/last`).then((answer) => answer.text());
    child.kill("SIGTERM");
    await lines.until(/"\/last"/);
  });

  it("refuses a form that there is not", async () => {
    const { code, stderr } = await finished(startHotcell(["serve", "--access-log", "xml"]));
    expect(code).not.toBe(0);
    expect(stderr).toContain("Set --access-log to json, text or off.");
  });
});
