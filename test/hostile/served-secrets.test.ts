/** Plugins that look for what is not theirs in all that they are given with a request: they write out their memory. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { handlerGuest } from "../drive/handler-guest.ts";
import { head, RawClient } from "../support/raw-client.ts";
import { SecretSearch } from "../support/secret-search.ts";
import { startTestHost, type TestHost } from "../support/test-host.ts";

const wasm = await handlerGuest();
const adminToken = "k7Gq2vXw9ZrT4bNc8LmP1sDf6HjY3uEa";
const cookie = "Wm3xQz8vLk5nRb2tYp7c";
let host: TestHost;
let tokens: readonly string[];
beforeAll(async () => {
  host = await startTestHost({ adminToken });
  const { token } = await host.tokens.create({ scopes: ["call"], plugins: ["dump-*"] }, "test");
  tokens = [adminToken, token];
});
afterAll(() => host.close());

describe.each([
  ["inline", "public"],
  ["inline", "token"],
  ["process", "public"],
] as const)("a plugin that searches its memory, %s, access %s", (placement, access) => {
  const name = `dump-${placement}-${access}`;
  beforeAll(async () => {
    await host.registry.deploy(name, wasm, {
      settings: { placement, mode: "shared", access, grants: { clocks: true } },
    });
  });

  it("finds no token of the host, nor another plugin's cookies, however they were sent", async () => {
    const search = new SecretSearch([...tokens, cookie]);
    let known = false;
    for (const token of tokens) {
      const fields = [
        [`Authorization: Bearer ${token}`],
        [`AUTHORIZATION:bearer   ${token}  `],
        [`Authorization: Bearer ${token}`, "Connection: authorization, close"],
        [`Authorization: Bearer ${token}`, `Proxy-Authorization: Bearer ${token}`],
        [`Authorization: Bearer ${token}`, `Cookie: hotcell.other.sid=${cookie}; mine=1`],
        [`Authorization: Bearer ${token}`, "X-Marker: is-seen-by-the-plugin"],
      ];
      for (const each of fields) {
        const client = await RawClient.open(host);
        client.send(head(`GET /http/${name}/dump`, ...each, "Connection: close"));
        const answer = await client.end();
        expect(answer).toMatch(/^HTTP\/1\.1 200 /);
        search.add(each.join(", "), answer);
        known ||= answer.includes("is-seen-by-the-plugin");
      }
      const client = await RawClient.open(host);
      const chunked = ["Transfer-Encoding: chunked", `Authorization: Bearer ${token}`, "Connection: close"];
      client.send(head(`POST /http/${name}/dump`, ...chunked));
      client.send(`2\r\nhi\r\n0\r\nAuthorization: Bearer ${token}\r\n\r\n`);
      search.add("a trailer", await client.end());
    }
    expect(known).toBe(true);
    expect(search.findings()).toEqual([]);
  });
});
