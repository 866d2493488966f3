/** Where a server says that it listens, and whom it says that it lets in. */

import { mkdtemp, rm } from "node:fs/promises";
import { request } from "node:http";
import { hostname, type NetworkInterfaceInfo, networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { announcement } from "../../host/cli/server/announcement.ts";
import { killRunning, Lines, startHotcell } from "../support/cli.ts";

const scratch = await mkdtemp(join(tmpdir(), "hotcell-announcement-"));
afterEach(killRunning);
afterAll(() => rm(scratch, { recursive: true }));

async function serve(environment: Record<string, string>) {
  const data = await mkdtemp(join(scratch, "data-"));
  const child = startHotcell(["serve", "--port", "0", "--data", data], { environment });
  const lines = (await new Lines(child).until(/^Admin token/)).slice(0, -1);
  const [, url = ""] = /^Hotcell listens on (http:\S+)/.exec(lines[0] ?? "") ?? [];
  return { lines, url, port: new URL(url).port };
}

const outside = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .filter(({ internal, family }) => !internal && family === "IPv4")
  .map(({ address }) => address);

describe("a host on all addresses", () => {
  it.each(["0.0.0.0", "0"])("says which those are and what it leaves open: %s", async (address) => {
    const { lines, url, port } = await serve({ HOTCELL_HOST: address });
    expect(url).toBe(`http://127.0.0.1:${port}`);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    expect(lines[1]).toContain("every other address of this machine (0.0.0.0)");
    for (const each of outside) {
      expect(lines[1]).toContain(`http://${each}:${port}`);
      expect((await fetch(`http://${each}:${port}/healthz`)).status).toBe(200);
    }
    const text = lines.join("\n");
    expect(text).toMatch(/Calls are open to everybody .*HOTCELL_PRIVATE_CALLS=true/);
    expect(text).toContain("no TLS");
    expect(text).toMatch(/Host is not checked.*HOTCELL_ALLOWED_HOSTS/);
  });

  it("does not say so of what is closed", async () => {
    const { lines } = await serve({
      HOTCELL_HOST: "0.0.0.0",
      HOTCELL_PRIVATE_CALLS: "true",
      HOTCELL_ALLOWED_HOSTS: "plugins.example",
    });
    const text = lines.join("\n");
    expect(text).not.toMatch(/open to everybody|Host is not checked/);
    expect(text).toContain("needs a token for all but the health checks");
    expect(text).toContain("no TLS");
  });
});

describe("a host whose API has an address of its own", () => {
  it("says both, and serves there what it says", async () => {
    const { lines, url } = await serve({ HOTCELL_HOST: "0.0.0.0", HOTCELL_ADMIN: "127.0.0.1:0" });
    const api = lines.flatMap((line) => /^Its API is on (http:\/\/127\.0\.0\.1:\d+)$/.exec(line)?.[1] ?? []);
    expect(api).toHaveLength(1);
    expect((await fetch(`${api[0]}/plugins`)).status).toBe(200);
    expect((await fetch(`${url}/plugins`)).status).toBe(404);
    expect(lines.filter((line) => line.includes("no TLS"))).toHaveLength(1);
  });

  it("says what that leaves open, where it is the network's", async () => {
    const { lines } = await serve({ HOTCELL_ADMIN: "0.0.0.0:0" });
    const text = lines.join("\n");
    expect(text).not.toMatch(/open to everybody/);
    expect(text).toContain("no TLS");
    expect(text).toMatch(/Host is not checked.*HOTCELL_ADMIN_HOSTS/);
  });
});

describe("a host on a loopback address", () => {
  it.each(["127.0.0.1", "localhost", "127.1"])("says no more than that: %s", async (address) => {
    const { lines, url } = await serve({ HOTCELL_HOST: address });
    expect(lines.slice(1)).toEqual([`The console, for a browser: ${url}/console/`]);
    expect((await fetch(`${url}/plugins`)).status).toBe(200);
  });

  it("checks Host also where it was named in a way that does not look like one", async () => {
    const { url, port } = await serve({ HOTCELL_HOST: "127.1" });
    expect(await statusWith("rebound.example", port)).toBe(403);
    expect(await statusWith("127.0.0.1", port)).toBe(200);
    expect(await statusWith(new URL(url).hostname, port)).toBe(200);
  });
});

it("names what a name came to, and the addresses of IPv6 in brackets", () => {
  const one = (address: string, family: "IPv4" | "IPv6", rest = {}) =>
    ({ address, family, internal: false, ...rest }) as NetworkInterfaceInfo;
  const interfaces = {
    lo: [one("127.0.0.1", "IPv4", { internal: true }), one("::1", "IPv6", { internal: true })],
    eth0: [one("192.0.2.7", "IPv4"), one("2001:db8::7", "IPv6"), one("fe80::1", "IPv6", { scopeid: 2 })],
  };
  const says = (url: string, address: string) =>
    announcement({ url, port: 1, address, privateCalls: true, anyHost: false }, interfaces)
      .slice(0, 2)
      .join("\n");
  expect(says("http://[::1]:1", "::")).toBe(
    "Hotcell listens on http://[::1]:1\n" +
      "  and on every other address of this machine (::): http://192.0.2.7:1 http://[2001:db8::7]:1",
  );
  expect(says("http://127.0.0.1:1", "0.0.0.0")).toMatch(/: http:\/\/192\.0\.2\.7:1$/);
  expect(says("http://plugins.example:1", "192.0.2.7")).toContain("192.0.2.7, an address of the network");
  expect(says(`http://${hostname()}:1`, "127.0.1.1")).toBe(
    `Hotcell listens on http://${hostname()}:1 (127.0.1.1)`,
  );
  expect(says("http://[::1]:1", "::1")).toBe("Hotcell listens on http://[::1]:1");
});

/** fetch sends its own Host. */
function statusWith(host: string, port: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request({ host: "127.0.0.1", port, path: "/healthz", headers: { host } }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    })
      .on("error", reject)
      .end();
  });
}
