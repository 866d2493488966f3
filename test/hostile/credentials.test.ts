/** A plugin that looks for the credentials with which the host sends its requests: in its own memory, and in its process. */

import { once } from "node:events";
import { closeSync, openSync, readdirSync, readFileSync, readSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packages } from "../../host/capabilities/interfaces.ts";
import { createHost, type Host } from "../../host/host.ts";
import { buildComponent, removeTemporaryFolders } from "../support/plugin-build.ts";

const credential = "Bearer Qv7Lm2Xz9Kd4Tw8Rb5Ns3Hc6";
/** Told to the plugin, so that a search which finds nothing is known to look. */
const told = "Zp3Wk8Yf5Gj1Vn6Sd9Ct4Mx7";

const world = `package t:searching@1.0.0;
world searching {
  import wasi:http/outgoing-handler@0.2.12;
  import wasi:cli/environment@0.2.12;
  export ask: func(url: string) -> string;
  export variable: func() -> string;
  /// Places of its memory that have these bytes, each of which comes with all its bits turned round.
  export places: func(masked: list<u8>) -> u32;
}`;

const source = `
import { fetch } from "hotcell/assembly/fetch";
import { getEnvironment } from "wasi:cli/environment@0.2.12";
export function ask(url: string): string {
  const response = fetch(url);
  const text = response.text();
  return text ? text : response.error!.message;
}
export function variable(): string { return getEnvironment()[0].f1; }
export function places(masked: Uint8Array): u32 {
  let found: u32 = 0;
  const first = ~masked[0];
  const end = (<usize>memory.size() << 16) - masked.length;
  for (let at: usize = 0; at < end; at++) {
    if (load<u8>(at) != first) continue;
    let i = 1;
    while (i < masked.length && load<u8>(at + i) == <u8>~masked[i]) i++;
    if (i == masked.length) found++;
  }
  return found;
}`;

const wit = Object.entries(packages).map(([name, text]) => [
  `wit/deps/${name.replace(":", "-")}/package.wit`,
  text,
]);
const wasm = await buildComponent({
  files: { ...Object.fromEntries(wit), "wit/world.wit": world, "assembly/index.ts": source },
});
await removeTemporaryFolders();

const seen: (string | undefined)[] = [];
const server = createServer((request, response) => {
  seen.push(request.headers.authorization);
  response.end(`answered ${request.url}`);
});
let host: Host;
let origin: string;
const lines: string[] = [];
beforeAll(async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  host = await createHost({ allow: ["private"], log: (line) => void lines.push(JSON.stringify(line)) });
});
afterAll(async () => {
  await host.close();
  server.close();
});

/** Forms in which a guest or Node may hold a text. */
const formsOf = (text: string) => [
  Buffer.from(text),
  Buffer.from(text, "utf16le"),
  Buffer.from(text).toReversed(),
];

describe.each(["inline", "process"] as const)("a plugin, %s,", (placement) => {
  const name = `searching-${placement}`;

  it("finds no credential in its memory, nor has its process one", async () => {
    const secrets = { [origin]: { header: "authorization", value: { secret: credential } } };
    const settings = {
      placement,
      mode: "shared" as const,
      env: { TOLD: told },
      grants: { http: { allow: [`${origin}/*`], private: true, secrets } },
    };
    await host.registry.deploy(name, wasm, { settings });
    const call = (path: string, ...args: unknown[]) => host.registry.callJson(name, path, args as never);
    expect(await call("ask", `${origin}/a`)).toBe("answered /a");
    expect(seen.at(-1)).toBe(credential);
    expect(await call("ask", "http://127.0.0.2:1/")).toContain("HTTP-request-denied");
    expect(await call("variable")).toBe(told);
    const places = async (text: Uint8Array) =>
      Number(
        await call(
          "places",
          [...text].map((byte) => byte ^ 0xff),
        ),
      );
    expect(await places(Buffer.from(told, "utf16le"))).toBeGreaterThan(0);
    for (const form of formsOf(credential.slice("Bearer ".length))) expect(await places(form)).toBe(0);
    if (placement === "process") {
      const processes = childrenOf(process.pid);
      expect(processes.length).toBeGreaterThan(0);
      expect(processes.some((pid) => holds(pid, formsOf(told)))).toBe(true);
      for (const pid of processes)
        expect(holds(pid, formsOf(credential.slice("Bearer ".length)))).toBe(false);
    }
  });

  it("has it neither in its details, nor in events and lines", async () => {
    const { counters } = host.registry.details(name);
    expect(counters.reach).toMatchObject({ http: { requests: 2, refused: 1, receivedBytes: 11 } });
    const known = [
      host.registry.details(name),
      await host.registry.deployments(name),
      await host.store.events(),
      lines,
    ];
    expect(JSON.stringify(known)).not.toContain(credential.slice("Bearer ".length));
  });
});

/** Processes whose parent this is. */
function childrenOf(parent: number): number[] {
  const ids = readdirSync("/proc").filter((entry) => /^\d+$/.test(entry));
  return ids.map(Number).filter((pid) => {
    try {
      return Number(/\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, "utf8"))?.[1]) === parent;
    } catch {
      return false;
    }
  });
}

/** Test for what a process holds in memory that it can write. */
function holds(pid: number, texts: readonly Uint8Array[]): boolean {
  const maps = readFileSync(`/proc/${pid}/maps`, "utf8");
  const memory = openSync(`/proc/${pid}/mem`, "r");
  try {
    const piece = Buffer.alloc(4 * 1024 * 1024);
    const overlap = 256;
    for (const [, from, to] of maps.matchAll(/^([0-9a-f]+)-([0-9a-f]+) rw/gm)) {
      const [start, end] = [Number.parseInt(from!, 16), Number.parseInt(to!, 16)];
      // What was reserved and never used is read as nothing, and takes long.
      if (end - start > 512 * 1024 * 1024) continue;
      for (let at = start; at < end; at += piece.length - overlap) {
        let read = 0;
        try {
          read = readSync(memory, piece, 0, Math.min(piece.length, end - at), at);
        } catch {
          break;
        }
        const bytes = piece.subarray(0, read);
        if (texts.some((text) => bytes.includes(text))) return true;
        if (read < piece.length) break;
      }
    }
    return false;
  } finally {
    closeSync(memory);
  }
}
