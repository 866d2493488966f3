import { expect, it } from "vitest";
import { sample } from "../../guests/small-plugins.ts";
import { hostOfFile } from "../../support/hosts.ts";
import { authorization } from "../../support/test-host.ts";

const host = await hostOfFile();
const { json } = await host.put("calc", sample());

it("says of every answer that it is not to be sniffed, run, framed, embedded or kept", async () => {
  const answers = [
    await host.send("GET", "/plugins"),
    await host.send("GET", "/plugins/calc"),
    await host.send("GET", "/plugins/calc/wit"),
    await host.send("GET", "/plugins/calc/versions"),
    await host.send("GET", "/tokens"),
    await host.send("GET", "/healthz"),
    await host.send("HEAD", "/plugins"),
    await host.send("PUT", "/plugins/other", { anonymous: true }),
    await host.send("GET", "/nowhere"),
    await host.send("POST", "/healthz"),
    await host.call("calc/nothing", []),
    await host.call("calc/boom", []),
    await host.call("calc/divide", [1, 0]),
  ];
  const stream = new AbortController();
  const events = await fetch(`${host.url}/events`, { headers: { authorization }, signal: stream.signal });
  answers.push({ status: events.status, headers: events.headers, text: "", json: undefined });
  stream.abort();
  for (const { headers } of answers) {
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("cache-control")).toBe("no-store");
    expect(headers.get("content-security-policy")).toBe("default-src 'none'; frame-ancestors 'none'");
    expect(headers.get("cross-origin-resource-policy")).toBe("same-origin");
    expect(headers.get("referrer-policy")).toBe("no-referrer");
    expect(headers.get("x-powered-by")).toBeNull();
    expect(headers.get("server")).toBeNull();
  }
});

it("says of a call's result, which is JSON, what keeps it JSON", async () => {
  const { headers } = await host.call("calc/add", [40, 2]);
  expect(headers.get("content-type")).toBe("application/json");
  expect(headers.get("x-content-type-options")).toBe("nosniff");
  expect(headers.get("cache-control")).toBe("no-store");
});

it("gives a component as a file for its reader only", async () => {
  const { headers } = await host.send("GET", `/plugins/calc/versions/${json.version}/wasm`);
  expect(headers.get("content-disposition")).toBe('attachment; filename="calc.wasm"');
  expect(headers.get("cache-control")).toMatch(/^private,/);
  expect(headers.get("content-security-policy")).toContain("default-src 'none'");
});
