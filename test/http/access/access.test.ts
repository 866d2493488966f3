import { request } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sample } from "../../guests/small-plugins.ts";
import { startTestHost, type TestHost } from "../../support/test-host.ts";

const loopback = await startTestHost();
const network = await startTestHost({ address: "0.0.0.0" });
const digests = new Map<TestHost, string>();

beforeAll(async () => {
  for (const host of [loopback, network]) {
    digests.set(host, (await host.put("live", sample())).json.version);
  }
});
afterAll(() => Promise.all([loopback.close(), network.close()]));

const reads = ["/plugins", "/plugins/live", "/plugins/live/wit", "/plugins/live/versions"];
const changes = [
  ["PUT", "/plugins/live"],
  ["PUT", "/plugins/other"],
  ["PATCH", "/plugins/live"],
  ["POST", "/plugins/live/rollback"],
  ["DELETE", "/plugins/live"],
] as const;

async function statusOf(host: TestHost, method: string, path: string, anonymous = true): Promise<number> {
  return (await host.send(method, path, { anonymous })).status;
}

describe("without a token", () => {
  it("calls and health checks work everywhere", async () => {
    for (const host of [loopback, network]) {
      for (const path of ["/healthz", "/readyz", "/call/live/version"]) {
        expect(await statusOf(host, "GET", path)).toBe(200);
      }
    }
  });

  it("reads work on loopback only", async () => {
    const diff = `/plugins/live/diff?from=${digests.get(loopback)}`;
    for (const path of [...reads, diff]) {
      expect(await statusOf(loopback, "GET", path)).toBe(200);
      expect(await statusOf(network, "GET", path)).toBe(401);
      expect(await statusOf(network, "GET", path, false)).toBe(200);
    }
  });

  it("changes and downloads work nowhere", async () => {
    for (const host of [loopback, network]) {
      for (const [method, path] of changes) expect(await statusOf(host, method, path)).toBe(401);
      const download = `/plugins/live/versions/${digests.get(host)}/wasm`;
      expect(await statusOf(host, "GET", download)).toBe(401);
      expect(await statusOf(host, "GET", download, false)).toBe(200);
      expect(await statusOf(host, "GET", "/call/live/version")).toBe(200);
    }
  });
});

describe("the Host header", () => {
  it("must be one of the host's own names on loopback, for every route", async () => {
    for (const path of ["/healthz", "/plugins", "/call/live/version", "/nowhere"]) {
      const answer = await withHost(loopback, path, "rebound.example:8787");
      expect(answer).toMatchObject({ status: 403, body: { code: "forbidden-host" } });
    }
    for (const name of ["localhost", "127.0.0.1", "[::1]:1"]) {
      expect((await withHost(loopback, "/healthz", name)).status).toBe(200);
    }
  });

  it("may be anything off loopback", async () => {
    expect((await withHost(network, "/healthz", "plugins.example")).status).toBe(200);
  });

  it("gets a readable answer when it is malformed", async () => {
    for (const name of ["a b", "ex@mple/", "x:99999"]) {
      expect(await withHost(network, "/healthz", name)).toMatchObject({
        status: 400,
        body: { code: "bad-request" },
      });
    }
  });
});

it("sends no CORS headers, and forbids guessing of content types", async () => {
  for (const path of ["/plugins", "/call/live/version", "/nowhere"]) {
    const { headers } = await loopback.send("GET", path, { headers: { origin: "http://127.0.0.1:1" } });
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect([...headers.keys()].filter((name) => name.startsWith("access-control-"))).toEqual([]);
  }
});

/** fetch sends its own Host. */
function withHost(host: TestHost, path: string, name: string) {
  return new Promise<{ status: number; body: unknown }>((resolve, reject) => {
    const sent = request(
      { host: "127.0.0.1", port: host.port, path, headers: { host: name } },
      async (answer) => {
        const chunks: Buffer[] = [];
        for await (const chunk of answer) chunks.push(chunk as Buffer);
        resolve({ status: answer.statusCode ?? 0, body: JSON.parse(Buffer.concat(chunks).toString()) });
      },
    );
    sent.on("error", reject);
    sent.end();
  });
}
