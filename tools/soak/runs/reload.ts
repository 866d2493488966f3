/** A host with workers that is reloaded again and again under load: what of its requests fails, and how long each takes. */
import { once } from "node:events";
import { Agent, request } from "node:http";
import { setTimeout } from "node:timers/promises";
import { killRunning, Lines, startHotcell } from "../../../test/support/cli.ts";
import { exampleWasm } from "../../../test/support/examples.ts";
import { temporaryFolder } from "../support/folder.ts";

export interface ReloadReport {
  readonly reloads: number;
  readonly answered: number;
  /** Ones that failed, by what was wrong. */
  readonly failed: Readonly<Record<string, number>>;
  readonly milliseconds: { readonly median: number; readonly longest: number };
}

const token = "a-token-for-tests-of-reloads";
const callers = 4;

export async function soakReload(reloads: number): Promise<ReloadReport> {
  await using folder = await temporaryFolder();
  const host = startHotcell(["serve", "--port", "0", "--data", folder.path, "--workers", "2"], {
    environment: { HOTCELL_TOKEN: token },
  });
  try {
    const lines = new Lines(host);
    const said = (await lines.until(/^Workers: /)).join("\n");
    const port = Number(/listens on http:\S+:(\d+)/.exec(said)![1]);
    host.stdout.resume();
    const url = `http://127.0.0.1:${port}`;
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/wasm" };
    const body = new Uint8Array(exampleWasm("greet"));
    await (await fetch(`${url}/plugins/greet`, { method: "PUT", headers, body })).text();
    for (let row = 0; row < 8; ) row = (await call(port, false)) === "200" ? row + 1 : 0;

    const failed: Record<string, number> = {};
    let answered = 0;
    let calling = true;
    const kept = new Agent({ keepAlive: true });
    const caller = async (agent: Agent | false) => {
      while (calling) {
        const outcome = await call(port, agent);
        if (outcome === "200") answered++;
        else failed[outcome] = (failed[outcome] ?? 0) + 1;
        // The new ones need the processor too.
        await setTimeout(2);
      }
    };
    const calls = Array.from({ length: callers }, (_, i) => caller(i % 2 === 0 ? kept : false));
    const times: number[] = [];
    for (let i = 0; i < reloads; i++) {
      const began = performance.now();
      host.kill("SIGHUP");
      await lines.error(/^Reloaded: .* now/m);
      times.push(Math.round(performance.now() - began));
    }
    calling = false;
    await Promise.all(calls);
    kept.destroy();
    const exited = once(host, "exit");
    host.kill("SIGTERM");
    await exited;
    times.sort((a, b) => a - b);
    const milliseconds = { median: times[times.length >>> 1]!, longest: times.at(-1)! };
    return { reloads, answered, failed, milliseconds };
  } finally {
    await killRunning();
  }
}

/** Status of the answer, or what went wrong. */
function call(port: number, agent: Agent | false): Promise<string> {
  return new Promise((resolve) => {
    const headers = { "content-type": "application/json" };
    const asked = request(
      { host: "127.0.0.1", port, method: "POST", path: "/call/greet/greet", agent, headers },
      (response) => {
        response.resume();
        response
          .on("end", () => resolve(`${response.statusCode}`))
          .on("error", (error) => resolve(`${error}`));
      },
    );
    asked.on("error", (error) => resolve(`${error}`));
    asked.end('["Ada"]');
  });
}
