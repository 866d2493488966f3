/** HAProxy as `deploy/haproxy.cfg` has it, before the hosts of a cluster. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { waitedFor } from "./waited-for.ts";

/** Header in which it says which host has answered. */
export const answeredBy = "x-node";

export interface Balancer extends AsyncDisposable {
  readonly url: string;
  /** True while it passes requests to two hosts or more. */
  hasTwo(): Promise<boolean>;
}

const monitor = "/two-hosts-are-up";

/** The file with these addresses in place of its own. */
async function balancerConfig(
  port: number,
  hosts: ReadonlyMap<string, string>,
  listen = "127.0.0.1",
): Promise<string> {
  const shown = await readFile(new URL("../../../deploy/haproxy.cfg", import.meta.url), "utf8");
  const servers = [...hosts].map(([name, address]) => `  server ${name} ${address}`);
  return shown
    .replace(
      /^ {2}bind .*$/m,
      `  bind ${listen}:${port}\n  monitor-uri ${monitor}\n  monitor fail if { nbsrv(hosts) lt 2 }`,
    )
    .replace(/(^ {2}server .*\n)+/m, `${servers.join("\n")}\n  http-response set-header ${answeredBy} %s\n`);
}

/** Resolves when it passes requests on. */
export async function startBalancer(
  folder: string,
  port: number,
  hosts: ReadonlyMap<string, string>,
): Promise<Balancer> {
  const file = join(folder, "haproxy.cfg");
  await writeFile(file, await balancerConfig(port, hosts));
  const child: ChildProcess = spawn("haproxy", ["-db", "-f", file], { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr!.on("data", (chunk: Buffer) => {
    said = (said + chunk).slice(-10_000);
  });
  const url = `http://127.0.0.1:${port}`;
  const hasTwo = async () => {
    if (child.exitCode !== null) throw new Error(`HAProxy ended: ${said}`);
    const answer = await fetch(url + monitor).catch(() => undefined);
    await answer?.text();
    return answer?.status === 200;
  };
  await waitedFor("HAProxy to pass requests on", hasTwo);
  return {
    ...{ url, hasTwo },
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, "exit");
      child.kill("SIGKILL");
      await exited;
    },
  };
}
