/** Plugins' answers as curl takes them, which is what most people look at them with. */

import { execFile, spawnSync } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { answer, readAll, start, type Way, ways, writeAll } from "./test-handlers.ts";

const run = promisify(execFile);
const present = spawnSync("curl", ["--version"]).status === 0;

/** Answer, headers and all, without dates. */
async function curl(...args: readonly string[]): Promise<string> {
  const { stdout } = await run("curl", ["-sS", "--max-time", "20", ...args], { encoding: "latin1" });
  return stdout.replace(/\r\n/g, "\n").replace(/^date: .*\n/gim, "");
}

describe.skipIf(!present).each(ways)("curl over %s", (way: Way) => {
  it("gets the head of a HEAD", async () => {
    const server = await start(way, (exchange) => answer(exchange, "12345"));
    expect(await curl("-I", `${server.url}/`)).toMatch(/^HTTP\/1\.1 200 OK\n(?:.*\n)*content-length: 5\n/im);
  });

  it("keeps its connection over answers without a body", async () => {
    const server = await start(way, (exchange) =>
      answer(exchange, "x", { status: exchange.request.target === "/none" ? 204 : 200 }),
    );
    const connects = await curl(
      ...["-o", "/dev/null", "-o", "/dev/null", "-o", "/dev/null", "-w", "%{http_code} %{num_connects}\n"],
      ...[`${server.url}/none`, `${server.url}/none`, `${server.url}/some`],
    );
    expect(connects).toBe("204 1\n204 0\n200 0\n");
  });

  it("uploads what it waits to be asked for, and what it streams", async () => {
    const server = await start(
      way,
      async (exchange) => answer(exchange, `${(await readAll(exchange.body)).length}`),
      { requestBytes: 10_000_000 },
    );
    const waits = ["-H", "Expect: 100-continue", "--expect100-timeout", "20"];
    expect(await curl(...waits, "--data", "x".repeat(3_000), `${server.url}/`)).toBe("3000");
    const piped = await run("sh", ["-c", `head -c 5000000 /dev/zero | curl -sS -T - ${server.url}/up`]);
    expect(piped.stdout).toBe("5000000");
  });

  it("downloads all of a long answer", async () => {
    const server = await start(way, async (exchange) => {
      const outgoing = exchange.respond({ status: 200, fields: [] });
      for (let i = 0; i < 50; i++) await writeAll(outgoing, new Uint8Array(100_000));
      outgoing.finish(undefined);
    });
    expect(await curl("-o", "/dev/null", "-w", "%{size_download}", `${server.url}/`)).toBe("5000000");
  });

  it("sees that an answer broke off", async () => {
    const server = await start(way, async (exchange) => {
      const outgoing = exchange.respond({ status: 200, fields: [] });
      await writeAll(outgoing, new Uint8Array(100_000));
      throw new Error("broken");
    });
    // 18: partial file, 56: reset.
    await expect(curl("-o", "/dev/null", `${server.url}/`)).rejects.toMatchObject({
      code: expect.toSatisfy((code) => code === 18 || code === 56),
    });
    // A web response can break its body off, and not say how the connection is to end.
    if (way === "web") return;
    await expect(curl("--http1.0", "-o", "/dev/null", `${server.url}/`)).rejects.toMatchObject({
      code: expect.toSatisfy((code) => code === 18 || code === 56),
    });
  });

  it("takes HTTP/1.0 and h2c for what the answer is in", async () => {
    const server = await start(way, (exchange) => answer(exchange, exchange.request.target));
    expect(await curl("--http1.0", `${server.url}/old`)).toBe("/old");
    expect(await curl("--http2", `${server.url}/new`)).toBe("/new");
  });

  it("shows informational responses, cookies apart, and follows a redirect", async () => {
    const server = await start(way, (exchange) => {
      if (exchange.request.target === "/there") return answer(exchange, "there");
      exchange.inform({ status: 103, fields: ["link", "</a>"] });
      answer(exchange, "", {
        status: 307,
        fields: ["location", `${server.url}/there`, "set-cookie", "a=1", "set-cookie", "b=2"],
      });
    });
    const text = await curl("-i", "-L", "--data", "x", `${server.url}/here`);
    if (way !== "web") expect(text).toMatch(/^HTTP\/1\.1 103 Early Hints\nlink: <\/a>\n\n/i);
    expect(text.match(/^set-cookie: .*$/gim)).toHaveLength(2);
    expect(text).toMatch(/\nthere$/);
  });
});
