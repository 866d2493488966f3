/** What the header is enough to refuse is refused without a look at the body, which is never asked for. */
import { request } from "node:http";
import { describe, expect, it } from "vitest";
import { sample } from "../../guests/small-plugins.ts";
import { hostsOfTests } from "../../support/hosts.ts";
import { head } from "../../support/raw-client.ts";
import { authorization } from "../../support/test-host.ts";

const { host, start, connect } = hostsOfTests();

const expecting = "Expect: 100-continue";
const token = `Authorization: ${authorization}`;
const wasm = "Content-Type: application/wasm";
const large = `Content-Length: ${1024 ** 3}`;

describe("Expect: 100-continue", () => {
  it.each([
    ["without a token", 401, head("PUT /plugins/p", wasm, "Content-Length: 1000", expecting)],
    ["with a wrong token", 401, head("PUT /plugins/p", "Authorization: Bearer x", wasm, large, expecting)],
    [
      "for another host",
      403,
      `PUT /plugins/p HTTP/1.1\r\nHost: evil.example\r\n${expecting}\r\n${large}\r\n\r\n`,
    ],
    ["with too large a body", 413, head("PUT /plugins/p", token, wasm, large, expecting)],
    [
      "with too large a form",
      413,
      head("PUT /plugins/p", token, "Content-Type: multipart/form-data; boundary=x", large, expecting),
    ],
    ["of another type", 415, head("PUT /plugins/p", token, "Content-Type: text/plain", large, expecting)],
    ["under a bad name", 400, head("PUT /plugins/NO", token, wasm, large, expecting)],
    ["with a flag that does not exist", 400, head("PUT /plugins/p?dryrun", token, wasm, large, expecting)],
    [
      "on a condition that is none",
      400,
      head("PUT /plugins/p", token, wasm, large, "If-Match: x", expecting),
    ],
    [
      "with a call's arguments too large",
      413,
      head("POST /call/p/f", "Content-Type: application/json", large, expecting),
    ],
    [
      "with a call's arguments of another type",
      415,
      head("POST /call/p/f", "Content-Type: text/plain", large, expecting),
    ],
    ["where nothing is", 404, head("PUT /nowhere", large, expecting)],
    ["by a method that is not taken", 405, head("PUT /healthz", large, expecting)],
  ])("%s is answered %i at once, and the connection ends", async (_, status, text) => {
    await start();
    const answer = await (await connect()).send(text).end();
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(answer).toMatch(/\r\nconnection: close\r\n/i);
    expect(answer).toContain("application/problem+json");
  });

  it("is answered 100 where the body is wanted, and the connection stays", async () => {
    await start();
    const component = Buffer.from(sample());
    const client = await connect();
    client.send(head("PUT /plugins/calc", token, wasm, `Content-Length: ${component.length}`, expecting));
    expect(await client.until(/\r\n\r\n/)).toBe("HTTP/1.1 100 Continue\r\n\r\n");
    client.socket.write(component);
    expect(await client.until(/"outcome":"created"/)).toContain("HTTP/1.1 201 Created");
    client.send(head("GET /healthz"));
    await client.until(/"status":"ok"/);
  });
});

describe("the rest of a body", () => {
  it.each([
    ["PUT /plugins/p", "401"],
    ["GET /healthz", "200"],
    ["GET /nowhere", "404"],
    ["PUT http://[/", "400"],
  ])("that %s was not asked for is not waited for", async (line, status) => {
    await start({ serverLimits: { lingerTime: 10 } });
    const client = await connect();
    client.send(head(line, "Content-Length: 1000000")).send("x".repeat(1000));
    // No more comes, and the connection ends all the same.
    expect(await client.end()).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
  });

  it("is thrown away while the client may still want to read its answer", async () => {
    await start();
    const body = Buffer.alloc(1024 * 1024);
    const status = await new Promise((resolve, reject) => {
      const sent = request({ port: host.port, host: "127.0.0.1", method: "PUT", path: "/plugins/p" });
      sent.on("error", reject);
      // As clients do that look at the answer only when all is sent.
      sent.end(body, () => sent.on("response", (answer) => resolve(answer.statusCode)));
    });
    expect(status).toBe(401);
  });
});
