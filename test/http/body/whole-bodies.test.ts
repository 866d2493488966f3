/** Bodies of calls as they come over the wire: at once, in pieces, one after the other, and not to their end. */
import { beforeAll, describe, expect, it } from "vitest";
import { sample } from "../../guests/small-plugins.ts";
import { hostOfFile } from "../../support/hosts.ts";
import { head, RawClient } from "../../support/raw-client.ts";

const host = await hostOfFile();
beforeAll(async () => {
  expect((await host.put("calc", sample())).status).toBe(201);
});

const post = (path: string, length: number, ...fields: string[]) =>
  head(`POST /call/calc/${path}`, "Content-Type: application/json", `Content-Length: ${length}`, ...fields);
const answers = (count: number) => new RegExp(`^(?:HTTP/1.1 200 [\\s\\S]*?\\r\\n\\r\\n\\d+){${count}}$`);

describe("the body of a call", () => {
  it("may come with the header, or later and in pieces", async () => {
    const client = await RawClient.open(host);
    await client.send(`${post("add", 6)}[40,2]`).until(answers(1));
    client.send(post("add", 6));
    for (const piece of ["[4", "0,", "2]"]) {
      // Another request is answered in between, so this piece has been read when the next one is sent.
      client.send(piece);
      expect((await host.call("calc/version", [])).json).toBe(1);
    }
    expect(await client.until(answers(2))).toMatch(/42[\s\S]*42$/);
  });

  it("ends where the next request begins", async () => {
    const client = await RawClient.open(host);
    client.send(`${post("add", 5)}[1,2]${post("version", 0)}${post("add", 6)}[20,3]`);
    const bodies = (await client.until(answers(3)))
      .split("HTTP/1.1 ")
      .map((text) => text.split("\r\n\r\n")[1]);
    expect(bodies.slice(1)).toEqual(["3", "1", "23"]);
  });

  it("is waited for after 100-continue", async () => {
    const client = await RawClient.open(host);
    await client.send(post("add", 5, "Expect: 100-continue")).until(/^HTTP\/1.1 100 /);
    expect(await client.send("[1,2]").until(/\r\n\r\n3$/)).toContain("HTTP/1.1 200 ");
  });

  it("that never ends is no fault of ours", async () => {
    const client = await RawClient.open(host);
    client.send(`${post("add", 6)}[40,`);
    expect((await host.call("calc/version", [])).json).toBe(1);
    client.socket.destroy();
    await client.end();
    expect((await host.call("calc/version", [])).json).toBe(1);
    expect(host.faults).toEqual([]);
  });
});
