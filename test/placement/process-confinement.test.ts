import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { createServer } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, describe, expect, it } from "vitest";
import { launch } from "../../host/placement/process/launch.ts";
import { closeAll, place } from "../support/placed-guest.ts";

afterEach(closeAll);

/** What a script prints that runs as a plugin's process does. */
async function confined(script: string): Promise<unknown> {
  const child = launch(64 * 1024 ** 2, ["--input-type=module", "-e", script]);
  const [printed, complaints] = await Promise.all([text(child.stdout!), text(child.stderr!)]);
  if (printed === "") expect.fail(complaints);
  return JSON.parse(printed);
}

/** The code of the error that an expression throws or rejects with. */
function attempt(expression: string): Promise<unknown> {
  return confined(`
    let outcome = "done";
    try { await (${expression}); } catch (error) { outcome = error.code ?? error.name; }
    console.log(JSON.stringify(outcome));`);
}

describe("a plugin's process", () => {
  const server = createServer();
  const attempts: Record<string, string> = {
    "read a file": `import("node:fs").then((fs) => fs.readFileSync("/etc/passwd"))`,
    "read the host's working directory": `import("node:fs").then((fs) => fs.readdirSync(process.cwd()))`,
    "read its host's environment": `import("node:fs").then((fs) => fs.readFileSync("/proc/" + process.ppid + "/environ"))`,
    "write a file": `import("node:fs").then((fs) => fs.writeFileSync(${JSON.stringify(import.meta.filename)}, ""))`,
    "start a process": `import("node:child_process").then((cp) => { const { error } = cp.spawnSync("true"); if (error) throw error; })`,
    "start a thread": `import("node:worker_threads").then(({ Worker }) => new Worker("0", { eval: true }))`,
    "load native code": `process.dlopen({ exports: {} }, "/lib/x.node")`,
    "look a name up": `import("node:dns/promises").then((dns) => dns.lookup("localhost"))`,
    "generate code": `Function("return 1")()`,
  };

  it.each(Object.entries(attempts))("may not %s", async (_, expression) => {
    expect(await attempt(expression)).toMatch(/^(ERR_ACCESS_DENIED|ERR_DLOPEN_DISABLED|EvalError)$/);
  });

  it("may not open or accept a connection", async () => {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    const connecting = `import("node:net").then((net) => new Promise((resolve, reject) => {
      net.connect(${port}, "127.0.0.1").on("connect", resolve).on("error", reject); }))`;
    const listening = `import("node:net").then((net) => new Promise((resolve, reject) => {
      net.createServer().on("error", reject).listen(0, resolve); }))`;
    for (const expression of [connecting, listening])
      expect(await attempt(expression)).toBe("ERR_ACCESS_DENIED");
    server.close();
  });

  it("has an empty environment", async () => {
    expect(await confined("console.log(JSON.stringify(process.env))")).toEqual({});
  });

  it.runIf(process.platform === "linux")("inherits neither environment nor open files", async () => {
    const file = openSync(import.meta.filename, "r");
    const placement = await place();
    const [pid] = placement.pids;
    expect(readFileSync(`/proc/${pid}/environ`, "utf8")).toBe("");
    const open = readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));
    closeSync(file);
    expect(open).not.toContain(import.meta.filename);
    // Its output, its complaints, and the channel.
    expect(open.filter((path) => path.startsWith("socket:"))).toHaveLength(3);
  });

  it.runIf(process.platform === "linux")(
    "has none of the files that whoever started its host left open",
    async () => {
      const file = openSync(import.meta.filename, "r");
      const script = `
      const { launch } = await import(${JSON.stringify(new URL("../../host/placement/process/launch.ts", import.meta.url).href)});
      const { readdirSync, readlinkSync } = await import("node:fs");
      const open = (pid) => readdirSync("/proc/" + pid + "/fd").flatMap((fd) => {
        try { return [[Number(fd), readlinkSync("/proc/" + pid + "/fd/" + fd)]]; } catch { return []; }
      });
      const child = launch(64 * 1024 ** 2, ["--input-type=module", "-e", "console.log('up'); setInterval(() => {}, 1000)"]);
      child.stdout.once("data", () => {
        console.log(JSON.stringify({ host: open(process.pid), child: open(child.pid) }));
        child.kill("SIGKILL");
        process.exit();
      });`;
      // One among others, and one far beyond: Node itself closes those that it finds by counting up to a gap.
      const stdio = ["ignore", "pipe", "inherit", ...Array(60).fill("ignore")];
      for (const at of [40, 300]) {
        while (stdio.length < at) stdio.push("ignore");
        stdio[at] = file;
      }
      const host = spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: stdio as never });
      closeSync(file);
      const told = JSON.parse(await text(host.stdout!)) as Record<"host" | "child", [number, string][]>;
      const at = (files: [number, string][]) =>
        files
          .filter(([, path]) => path === import.meta.filename)
          .map(([descriptor]) => descriptor)
          .sort((a, b) => a - b);
      expect(at(told.host)).toEqual([40, 300]);
      expect(at(told.child)).toEqual([]);
      expect(told.child.filter(([, path]) => path.startsWith("socket:"))).toHaveLength(3);
    },
  );
});
