import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freePorts } from "./support/processes.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const data = `.hotcell-readme-${process.pid}`;
/** Where the plugin that the lines begin is put: in the checkout, whose packages it needs. */
const scratch = `${data}-plugins`;
/** Lines to paste while the host runs, but those that install and start it. */
const lines = [...readme.matchAll(/```sh\n([\s\S]*?)```/g)]
  .flatMap(([, block = ""]) => block.trim().split("\n"))
  .filter((line) => !line.startsWith("npm "));

let server: ChildProcess;
let port: number;

beforeAll(async () => {
  [port = 0] = await freePorts(1);
  server = spawn(process.execPath, ["host/main.ts"], {
    cwd: root,
    env: { ...process.env, HOTCELL_PORT: `${port}`, HOTCELL_DATA: data },
    stdio: ["ignore", "pipe", "inherit"],
  });
  for await (const line of createInterface(server.stdout!)) {
    if (line.includes("curl")) break;
  }
  server.stdout!.resume();
});

afterAll(async () => {
  const ended = once(server, "exit");
  server.kill("SIGTERM");
  const [code] = await ended;
  await rm(`${root}/${data}`, { recursive: true, force: true });
  await rm(`${root}/${scratch}`, { recursive: true, force: true });
  expect(code).toBe(0);
});

describe("README", () => {
  it("has lines to paste that all work, in their order", async () => {
    expect(lines.filter((line) => line.startsWith("curl")).length).toBeGreaterThan(9);
    const script = lines
      .map((line) =>
        line.replaceAll("127.0.0.1:8787", `127.0.0.1:${port}`).replaceAll(".hotcell/", `${data}/`),
      )
      .map((line) => line.replace(/ my-plugin(?= |\/|$)/g, ` ${scratch}/my-plugin`))
      .map((line) => line.replace(/^curl /, "curl --silent --show-error --fail-with-body "))
      .map((line) =>
        line.startsWith("curl") ? `${line}; status=$?; echo; [ $status -eq 0 ] || exit 1` : line,
      )
      .join("\n");
    const env = { ...process.env, HOTCELL_DATA: data };
    const { stdout } = await promisify(execFile)("bash", ["-euc", script], { cwd: root, env });
    expect(stdout).toContain("live: my-time revision 2");
    expect(stdout).toContain('"outcome":"created"');
    expect(stdout).toContain('"outcome":"swapped"');
    expect(stdout).toContain('"outcome":"configured"');
    expect(stdout).toMatch(/^my-time +3 /m);
    expect(stdout).toMatch(/"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"/);
    expect(stdout).toContain('"Hello, Ada!"');
    expect(stdout).toContain('"top":[{"word":"to","count":2},{"word":"be","count":2}]');
    expect(stdout).toContain("export get-friendly-time: func() -> string;");
    expect(stdout).toContain("2 of 2 calls as expected");
  });
});
