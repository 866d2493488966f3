/** RFC 9110 and 9112 as clients meet them, over every way in which a plugin is served. */

import { once } from "node:events";
import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { HttpExchange } from "../../../host/capabilities/http/http-exchange.ts";
import { head } from "../../support/raw-client.ts";
import { answer, readAll, start, ways, writeAll } from "./test-handlers.ts";

const get = (...fields: string[]) => head("GET /http/shop/x", ...fields);
const heads = (text: string) => text.split("\r\n\r\n")[0]!.toLowerCase();

describe.each(ways)("over %s", (way) => {
  /** What a web `Response` can't carry. */
  const carried = way !== "web";

  it("gives the handler the request as it came, below its prefix", async () => {
    const seen: HttpExchange["request"][] = [];
    const server = await start(way, (exchange) => {
      seen.push(exchange.request);
      answer(exchange, "");
    });
    await (await server.client())
      .send(
        head("GET /http/shop/a%20b/c?d=1&d=2", "X-One: 1", "x-one: 2", "Accept: */*", "Connection: close"),
      )
      .end();
    expect(seen[0]).toMatchObject({
      method: "GET",
      scheme: "http",
      authority: "localhost",
      target: "/a%20b/c?d=1&d=2",
    });
    const { fields } = seen[0]!;
    if (carried) expect(fields.slice(0, 6)).toEqual(["X-One", "1", "x-one", "2", "Accept", "*/*"]);
    else expect(fields.join("|").toLowerCase()).toContain("x-one|1, 2");
  });

  it("gives it a body whole, whatever pieces it is read in", async () => {
    const server = await start(way, async (exchange) => answer(exchange, await readAll(exchange.body, 3)));
    const text = await (await server.client())
      .send(head("POST /http/shop/", "Content-Length: 11", "Connection: close"))
      .send("hello ")
      .send("world")
      .end();
    expect(text).toMatch(/\r\n\r\nhello world$/);
  });

  it("gives it chunks without their framing and extensions", async () => {
    const server = await start(way, async (exchange) => answer(exchange, await readAll(exchange.body)));
    const text = await (await server.client())
      .send(head("POST /http/shop/", "Transfer-Encoding: chunked", "Connection: close"))
      .send('5;name="value"\r\nhello\r\n1\r\n!\r\n0\r\n\r\n')
      .end();
    expect(text).toMatch(/\r\n\r\nhello!$/);
  });

  it("has no body where there is none, nor where its length is 0", async () => {
    const bodies: unknown[] = [];
    const server = await start(way, (exchange) => {
      bodies.push(exchange.body);
      answer(exchange, "x");
    });
    const client = await server.client();
    await client.send(get()).until(/x$/);
    await client.send(head("POST /http/shop/", "Content-Length: 0", "Connection: close")).end();
    if (carried) expect(bodies).toEqual([undefined, undefined]);
  });

  it("sends a short answer whole, with its length", async () => {
    const server = await start(way, (exchange) => {
      const outgoing = exchange.respond({ status: 201, fields: ["X-A", "1", "X-A", "2"] });
      outgoing.write(Buffer.from("one "));
      outgoing.flush();
      outgoing.write(Buffer.from("two"));
      outgoing.finish(undefined);
    });
    const text = await (await server.client()).send(get("Connection: close")).end();
    expect(text).toMatch(/^HTTP\/1\.1 201 Created\r\n/);
    expect(heads(text)).toMatch(/\r\ncontent-length: 7(\r\n|$)/);
    expect(heads(text)).not.toContain("transfer-encoding");
    expect(text).toMatch(/\r\n\r\none two$/);
    if (way === "node") expect(text).toContain("X-A: 1\r\nX-A: 2\r\n");
    else expect(heads(text)).toContain("x-a: 1, 2");
  });

  it("sends what was written by then where the handler waits", async () => {
    let go = () => {};
    const waited = new Promise<void>((resolve) => {
      go = resolve;
    });
    const server = await start(way, async (exchange) => {
      const outgoing = exchange.respond({ status: 200, fields: [] });
      outgoing.write(Buffer.from("first"));
      await waited;
      outgoing.write(Buffer.from("second"));
      outgoing.finish(undefined);
    });
    const client = await server.client();
    const text = await client.send(get("Connection: close")).until(/first/);
    expect(heads(text)).toContain("transfer-encoding: chunked");
    go();
    expect(await client.end()).toMatch(/5\r\nfirst\r\n6\r\nsecond\r\n0\r\n\r\n$/);
  });

  it("sends an answer of a declared length by that length", async () => {
    const server = await start(way, async (exchange) => {
      const outgoing = exchange.respond({ status: 200, fields: ["content-length", "6"] });
      outgoing.write(Buffer.from("abc"));
      await new Promise(setImmediate);
      outgoing.write(Buffer.from("def"));
      outgoing.finish(undefined);
    });
    const text = await (await server.client()).send(get("Connection: close")).end();
    expect(heads(text)).toContain("content-length: 6");
    expect(heads(text)).not.toContain("transfer-encoding");
    expect(text).toMatch(/\r\n\r\nabcdef$/);
  });

  it.each([
    ["fewer", "10", "abc"],
    ["more", "2", "abc"],
  ])("answers 502 to a body of %s bytes than its length, as nothing was sent", async (what, length, body) => {
    const server = await start(way, (exchange) =>
      answer(exchange, body, { fields: ["content-length", length] }),
    );
    const text = await (await server.client()).send(get("Connection: close")).end();
    expect(text).toMatch(/^HTTP\/1\.1 502 /);
    expect(text).toContain('"code":"bad-response"');
    expect(text).toContain(`${what} bytes than its Content-Length`);
  });

  it("cuts off an answer that turns out shorter than its length", async () => {
    const server = await start(way, async (exchange) => {
      const outgoing = exchange.respond({ status: 200, fields: ["content-length", "10"] });
      outgoing.write(Buffer.from("abc"));
      await turns();
      outgoing.finish(undefined);
    });
    const text = await (await server.client()).send(get()).end();
    expect(heads(text)).toContain("content-length: 10");
    expect(text).toMatch(/\r\n\r\nabc$/);
  });

  it("cuts off an answer whose handler fails after its head", async () => {
    const server = await start(way, async (exchange) => {
      const outgoing = exchange.respond({ status: 200, fields: [] });
      outgoing.write(Buffer.from("abc"));
      await turns();
      throw new Error("broken");
    });
    const text = await (await server.client()).send(get()).end();
    expect(text).toContain("abc");
    expect(text).not.toContain("0\r\n\r\n");
  });

  it("answers a problem where the handler fails before that", async () => {
    const server = await start(way, () => {
      throw new Error("broken");
    });
    const text = await (await server.client()).send(get("Connection: close")).end();
    expect(text).toMatch(/^HTTP\/1\.1 500 /);
    expect(heads(text)).toContain("content-type: application/problem+json");
    expect(text).not.toContain("broken");
    expect(server.faults).toHaveLength(1);
  });

  it.each([204, 304])("sends no body with %i, whatever the handler writes", async (status) => {
    const server = await start(way, (exchange) => answer(exchange, "not sent", { status }));
    const client = await server.client();
    const text = await client.send(get()).send(get("Connection: close")).end();
    expect(text.match(/HTTP\/1\.1/g)).toHaveLength(2);
    expect(text).not.toContain("not sent");
    expect(heads(text)).not.toContain("transfer-encoding");
    if (status === 204) expect(heads(text)).not.toContain("content-length");
  });

  it("sends no body with 205, and says so", async () => {
    const server = await start(way, (exchange) => answer(exchange, "not sent", { status: 205 }));
    const text = await (await server.client()).send(get("Connection: close")).end();
    expect(heads(text)).toContain("content-length: 0");
    expect(text).not.toContain("not sent");
  });

  it("answers HEAD with what GET would say of the body, and none", async () => {
    const server = await start(way, (exchange) => answer(exchange, "five5", { fields: ["etag", '"1"'] }));
    const client = await server.client();
    const text = await client.send(head("HEAD /http/shop/x")).send(get("Connection: close")).end();
    const [first = "", second = ""] = text.split("\r\n\r\n");
    expect(first.toLowerCase()).toContain("content-length: 5");
    expect(first.toLowerCase()).toContain('etag: "1"');
    expect(second).toMatch(/^HTTP\/1\.1 200/);
  });

  it("keeps a length that the handler declares for HEAD", async () => {
    const server = await start(way, (exchange) =>
      answer(exchange, "", { fields: ["content-length", "1234"] }),
    );
    const text = await (await server.client()).send(head("HEAD /http/shop/x", "Connection: close")).end();
    expect(heads(text)).toContain("content-length: 1234");
  });

  it("answers requests that come in one piece in their order", async () => {
    const server = await start(way, async (exchange) => {
      if (exchange.request.target === "/1") await turns();
      answer(exchange, `<${exchange.request.target}>`);
    });
    const text = await (await server.client())
      .send(
        [1, 2, 3].map((n) => head(`GET /http/shop/${n}`, ...(n === 3 ? ["Connection: close"] : []))).join(""),
      )
      .end();
    expect(text.match(/<[^>]*>/g)).toEqual(["</1>", "</2>", "</3>"]);
  });

  it("goes on with the connection after a body that nobody read", async () => {
    const server = await start(way, (exchange) => answer(exchange, `<${exchange.request.method}>`));
    const text = await (await server.client())
      .send(head("POST /http/shop/", "Content-Length: 100000"))
      .send("x".repeat(100_000))
      .send(get("Connection: close"))
      .end();
    expect(text.match(/<[^>]*>/g)).toEqual(["<POST>", "<GET>"]);
  });

  it("lets the handler answer before the body is here", async () => {
    const server = await start(way, (exchange) => answer(exchange, "early"));
    const client = await server.client();
    const text = await client.send(head("POST /http/shop/", "Content-Length: 10")).until(/early/);
    expect(text).toMatch(/^HTTP\/1\.1 200/);
  });

  it("refuses a body that says it is larger than allowed, and one that turns out to be", async () => {
    const server = await start(way, async (exchange) => answer(exchange, await readAll(exchange.body)), {
      requestBytes: 10,
    });
    const first = await server.client();
    expect(await first.send(head("POST /http/shop/", "Content-Length: 11")).until(/\}$/)).toMatch(
      /^HTTP\/1\.1 413 /,
    );
    const second = await server.client();
    second.send(head("POST /http/shop/", "Transfer-Encoding: chunked")).send("b\r\nhello world\r\n");
    expect(await second.until(/limits\.requestBytes.*\}$/)).toMatch(/^HTTP\/1\.1 413 /);
  });

  it("refuses an answer that is larger than allowed", async () => {
    const server = await start(way, (exchange) => answer(exchange, "x".repeat(11)), { responseBytes: 10 });
    const text = await (await server.client()).send(get("Connection: close")).end();
    expect(text).toMatch(/^HTTP\/1\.1 502 /);
    expect(text).toContain("limits.responseBytes");
  });

  it.each([99, 100, 101, 199, 600, 1000])("answers 502 to a status of %i", async (status) => {
    const server = await start(way, (exchange) => answer(exchange, "", { status }));
    const text = await (await server.client()).send(get("Connection: close")).end();
    expect(text).toMatch(/^HTTP\/1\.1 502 /);
    expect(text).toContain(`Its status is ${status}`);
  });

  it.each([
    ["a line break", ["x-a", "1\r\nx-b: 2"]],
    ["NUL", ["x-a", "1\0"]],
    ["a name with a space", ["x a", "1"]],
    ["a name with a line break", ["x-a: 1\r\nx-b", "2"]],
    ["no byte", ["x-a", "\u2603"]],
    ["two lengths", ["content-length", "1", "content-length", "2"]],
    ["a length that is none", ["content-length", "0x1"]],
  ])("answers 502 to a field with %s", async (_, fields) => {
    const server = await start(way, (exchange) => answer(exchange, "1", { fields }));
    const text = await (await server.client()).send(get("Connection: close")).end();
    expect(text).toMatch(/^HTTP\/1\.1 502 /);
    expect(text).toContain('"code":"bad-response"');
    expect(text).not.toMatch(/^x-b/im);
  });

  it("answers 502 to a handler that answers twice, and to one that does not answer", async () => {
    const twice = await start(way, (exchange) => {
      exchange.respond({ status: 200, fields: [] });
      answer(exchange, "");
    });
    expect(await (await twice.client()).send(get("Connection: close")).end()).toContain("answered twice");
    const never = await start(way, () => {});
    expect(await (await never.client()).send(get("Connection: close")).end()).toMatch(/^HTTP\/1\.1 500 /);
  });

  it("sends each Set-Cookie in a line of its own, in their order", async () => {
    const fields = ["set-cookie", "a=1; Path=/", "x-a", "1", "set-cookie", "b=2, 3; Path=/"];
    const server = await start(way, (exchange) => answer(exchange, "", { fields }));
    const text = await (await server.client()).send(get("Connection: close")).end();
    expect(text.match(/^set-cookie: .*$/gim)?.map((line) => line.trim().slice(12))).toEqual([
      "a=1; Path=/",
      "b=2, 3; Path=/",
    ]);
  });

  it("carries bytes beyond ASCII in fields as they are", async () => {
    const server = await start(way, (exchange) => {
      const { fields } = exchange.request;
      const at = fields.findIndex((name) => name.toLowerCase() === "x-name");
      answer(exchange, "", { fields: ["x-back", fields[at + 1]!] });
    });
    const text = await (await server.client()).send(get("X-Name: \xe9\xff", "Connection: close")).end();
    expect(text).toMatch(/x-back: \xe9\xff\r\n/i);
  });

  it("drops fields of the connection, both ways", async () => {
    let seen: readonly string[] = [];
    const server = await start(way, (exchange) => {
      seen = exchange.request.fields;
      answer(exchange, "", {
        fields: [
          ...["Connection", "X-Private, close", "X-Private", "1", "Keep-Alive", "timeout=999"],
          ...["Transfer-Encoding", "gzip", "Upgrade", "h2c", "Proxy-Authenticate", "Basic", "X-Public", "1"],
        ],
      });
    });
    const client = await server.client();
    const text = await client
      .send(
        get(
          ...["Connection: X-Hop, keep-alive", "X-Hop: 1", "Keep-Alive: 5", "Proxy-Authorization: Basic x"],
          ...["TE: gzip", "Upgrade: h2c", "HTTP2-Settings: AAA", "Proxy-Connection: keep-alive", "X-End: 1"],
        ),
      )
      .until(/\r\n\r\n/);
    const names = seen.filter((_, i) => i % 2 === 0).map((name) => name.toLowerCase());
    expect(names.filter((name) => !/^(x-)?forwarded/.test(name))).toEqual(["x-end"]);
    expect(heads(text)).toContain("x-public: 1");
    expect(heads(text)).not.toMatch(/x-private|timeout=999|gzip|h2c|proxy-authenticate/);
    // The connection goes on: it is the host's to end.
    await client.send(get("Connection: close")).end();
  });

  it("says who sent a request, whatever a client claims", async () => {
    let seen: readonly string[] = [];
    const server = await start(way, (exchange) => {
      seen = exchange.request.fields;
      answer(exchange, "");
    });
    await (await server.client())
      .send(
        get(
          ...[
            "Forwarded: for=1.2.3.4",
            "X-Forwarded-For: 1.2.3.4",
            "X-Forwarded-Host: evil",
            "X-Real-IP: 1.2.3.4",
          ],
          ...["X-Forwarded-Proto: https", "X-Forwarded-Prefix: /evil", "Connection: close"],
        ),
      )
      .end();
    const address = way === "web" ? "unknown" : "127.0.0.1";
    expect(seen).toEqual([
      ...["Forwarded", `for=${address};host="localhost";proto=http`, "X-Forwarded-For", address],
      ...["X-Forwarded-Proto", "http", "X-Forwarded-Host", "localhost", "X-Forwarded-Prefix", "/http/shop"],
    ]);
  });

  it("keeps what a trusted proxy says of it, and adds to that", async () => {
    let request: HttpExchange["request"] | undefined;
    const server = await start(
      way,
      (exchange) => {
        request = exchange.request;
        answer(exchange, "");
      },
      { trustProxy: true },
    );
    await (await server.client())
      .send(
        get(
          ...["Forwarded: for=1.2.3.4", "X-Forwarded-For: 1.2.3.4", "X-Forwarded-Host: shop.example"],
          ...[
            "X-Forwarded-Proto: https",
            "X-Forwarded-Prefix: /outer/",
            "X-Real-IP: 1.2.3.4",
            "Connection: close",
          ],
        ),
      )
      .end();
    const address = way === "web" ? "unknown" : "127.0.0.1";
    expect(request?.scheme).toBe("https");
    expect(request?.fields).toEqual([
      ...["x-real-ip", "1.2.3.4", "Forwarded", `for=1.2.3.4, for=${address};host="localhost";proto=http`],
      ...["X-Forwarded-For", `1.2.3.4, ${address}`, "X-Forwarded-Proto", "https"],
      ...["X-Forwarded-Host", "shop.example", "X-Forwarded-Prefix", "/outer/http/shop"],
    ]);
  });

  it("gives the guest any Authorization but one with a token of the host", async () => {
    const seen: string[] = [];
    const server = await start(way, (exchange) => {
      seen.push(exchange.request.fields.join("|"));
      answer(exchange, ".");
    });
    const client = await server.client();
    await client.send(get("Authorization: Basic dXNlcjpwYXNz")).until(/\.$/);
    await client.send(get("Authorization: Bearer hotcell_abc", "Connection: close")).end();
    expect(seen[0]?.toLowerCase()).toContain("authorization|basic dxnlcjpwyxnz");
    expect(seen[1]).not.toContain("hotcell_abc");
    expect(seen[1]?.toLowerCase()).not.toContain("authorization");
  });

  it("answers a request for WebSocket with 501, and says so", async () => {
    const server = await start(way, (exchange) => answer(exchange, ""));
    const text = await (await server.client())
      .send(
        get(
          "Connection: Upgrade, close",
          "Upgrade: websocket",
          "Sec-WebSocket-Version: 13",
          "Sec-WebSocket-Key: x",
        ),
      )
      .until(/\}$/);
    expect(text).toMatch(/^HTTP\/1\.1 501 /);
    expect(text).toContain('"code":"upgrade-not-supported"');
  });

  it("answers over HTTP/1.1 to a client that would take h2c", async () => {
    const server = await start(way, (exchange) => answer(exchange, "plain"));
    const text = await (await server.client())
      .send(get("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABk"))
      .until(/plain/);
    expect(text).toMatch(/^HTTP\/1\.1 200 /);
  });

  it("takes a whole URL as the target", async () => {
    const server = await start(way, (exchange) =>
      answer(exchange, `${exchange.request.authority} ${exchange.request.target}`),
    );
    const text = await (await server.client())
      .send(head("GET http://localhost/http/shop/deep?x=1", "Connection: close"))
      .end();
    expect(text).toMatch(/\r\n\r\nlocalhost \/deep\?x=1$/);
  });

  it("answers HTTP/1.0 without chunks, and closes", async () => {
    const server = await start(way, async (exchange) => {
      exchange.inform({ status: 103, fields: ["link", "</a>"] });
      const outgoing = exchange.respond({ status: 200, fields: [] });
      outgoing.write(Buffer.from("abc"));
      await turns();
      outgoing.write(Buffer.from("def"));
      outgoing.finish(undefined);
    });
    const text = await (await server.client())
      .send("GET /http/shop/x HTTP/1.0\r\nHost: localhost\r\n\r\n")
      .end();
    expect(text).toMatch(/^HTTP\/1\.1 200 /);
    expect(heads(text)).not.toContain("transfer-encoding");
    expect(text).toMatch(/\r\n\r\nabcdef$/);
  });

  it("sends informational responses before the answer", async () => {
    const server = await start(way, (exchange) => {
      exchange.inform({ status: 103, fields: ["link", "</a.css>; rel=preload"] });
      exchange.inform({ status: 101, fields: ["upgrade", "x"] });
      answer(exchange, "end");
    });
    const text = await (await server.client()).send(get("Connection: close")).end();
    if (carried)
      expect(text).toMatch(
        /^HTTP\/1\.1 103 Early Hints\r\nlink: <\/a\.css>; rel=preload\r\n\r\nHTTP\/1\.1 200 /,
      );
    else expect(text).toMatch(/^HTTP\/1\.1 200 /);
    expect(text).not.toContain("HTTP/1.1 101");
  });

  it("sends trailers to who takes them, and but those that may be", async () => {
    const server = await start(way, (exchange) => {
      const outgoing = exchange.respond({ status: 200, fields: ["trailer", "x-sum"] });
      outgoing.write(Buffer.from("abc"));
      outgoing.finish(["x-sum", "6", "content-length", "3", "set-cookie", "a=1"]);
    });
    const text = await (await server.client()).send(get("TE: trailers", "Connection: close, TE")).end();
    if (carried) {
      expect(heads(text)).toContain("trailer: x-sum");
      expect(text).toMatch(/3\r\nabc\r\n0\r\nx-sum: 6\r\n\r\n$/);
    } else expect(text).not.toContain("x-sum: 6");
    const without = await (await server.client()).send(get("Connection: close")).end();
    expect(without).not.toContain("x-sum");
    expect(heads(without)).toContain("content-length: 3");
  });

  it("gives the handler trailers, once the body has ended", async () => {
    let before: readonly string[] | undefined;
    const server = await start(way, async (exchange) => {
      before = exchange.body?.trailers;
      await readAll(exchange.body);
      answer(exchange, `<${exchange.body?.trailers.join("|")}>`);
    });
    const text = await (await server.client())
      .send(head("POST /http/shop/", "Transfer-Encoding: chunked", "Trailer: X-Sum", "Connection: close"))
      .send(
        "3\r\nabc\r\n0\r\nX-Sum: 6\r\nContent-Type: evil\r\nX-Forwarded-For: 1.2.3.4\r\nForwarded: for=1.2.3.4\r\n\r\n",
      )
      .end();
    expect(before).toEqual([]);
    expect(text).toContain(carried ? "<X-Sum|6>" : "<>");
  });

  it("refuses an obsolete line folding, and what has both lengths", async () => {
    let asked = 0;
    const server = await start(way, (exchange) => {
      asked++;
      answer(exchange, "");
    });
    const folded = await (await server.client()).send(get("X-A: 1\r\n 2")).end();
    expect(folded).toMatch(/^HTTP\/1\.1 400 /);
    const both = await (await server.client())
      .send(head("POST /http/shop/", "Content-Length: 3", "Transfer-Encoding: chunked"))
      .send("0\r\n\r\n")
      .end();
    expect(both).toMatch(/^HTTP\/1\.1 400 /);
    expect(asked).toBe(0);
  });

  it("asks for a body that waits for that when the handler reads it", async () => {
    const server = await start(way, async (exchange) => {
      if (exchange.request.target === "/refuse") answer(exchange, "no", { status: 403 });
      else answer(exchange, await readAll(exchange.body));
    });
    const expecting = (path: string) =>
      head(`POST /http/shop${path}`, "Content-Length: 3", "Expect: 100-continue");
    const client = await server.client();
    await client.send(expecting("/read")).until(/^HTTP\/1\.1 100 Continue\r\n\r\n/);
    expect(await client.send("abc").until(/abc$/)).toMatch(/\r\n\r\nHTTP\/1\.1 200 /);
    if (way !== "node") return;
    const refused = await (await server.client()).send(expecting("/refuse")).end();
    expect(refused).toMatch(/^HTTP\/1\.1 403 /);
  });

  it("tells the handler that a body broke off", async () => {
    const { promise, resolve } = Promise.withResolvers<unknown>();
    const server = await start(way, async (exchange) => {
      await readAll(exchange.body).catch(resolve);
      answer(exchange, "");
    });
    const client = await server.client();
    client.send(head("POST /http/shop/", "Content-Length: 10")).send("abc");
    client.socket.once("drain", () => {});
    client.socket.end(() => client.socket.destroy());
    expect(await promise).toMatchObject({ code: "bad-request" });
  });

  it("tells the handler that the client left", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const closed = Promise.withResolvers<void>();
    const server = await start(way, async (exchange, context) => {
      const signal = typeof context.signal === "function" ? context.signal() : context.signal;
      signal?.addEventListener("abort", () => closed.resolve());
      const outgoing = exchange.respond({ status: 200, fields: [] });
      outgoing.write(Buffer.from("abc"));
      outgoing.flush();
      try {
        for (;;) await writeAll(outgoing, new Uint8Array(1_000_000));
      } catch {
        expect(outgoing.closed).toBe(true);
        resolve();
      }
    });
    const client = await server.client();
    await client.send(get()).until(/abc/);
    client.socket.destroy();
    await promise;
    await closed.promise;
    expect(server.heap.inUse).toBe(0);
  });

  // A server of an embedder's ends such connections by itself.
  it.runIf(way === "node")("goes on answering a client that has closed its own side", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const server = await start(way, async (exchange) => {
      const outgoing = exchange.respond({ status: 200, fields: [] });
      outgoing.write(Buffer.from("first"));
      await promise;
      outgoing.write(Buffer.from("second"));
      outgoing.finish(undefined);
    });
    const client = await server.client();
    await client.send(get()).until(/first/);
    client.socket.end();
    await once(client.socket, "finish");
    await turns();
    resolve();
    expect(await client.end()).toMatch(/second\r\n0\r\n\r\n$/);
  });

  it("tells a handler that has nothing to say that the client left", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const server = await start(way, async (exchange, context) => {
      const outgoing = exchange.respond({ status: 200, fields: [] });
      outgoing.write(Buffer.from("first"));
      const signal = typeof context.signal === "function" ? context.signal() : context.signal!;
      await once(signal, "abort");
      resolve();
    });
    const client = await server.client();
    await client.send(get()).until(/first/);
    client.socket.destroy();
    await promise;
  });

  it("holds the handler back for a slow reader, but not within a window", async () => {
    let written = 0;
    const size = 30_000_000;
    const server = await start(way, async (exchange) => {
      const outgoing = exchange.respond({ status: 200, fields: [] });
      while (written < size) {
        await writeAll(outgoing, new Uint8Array(100_000));
        written += 100_000;
      }
      outgoing.finish(undefined);
    });
    const client = await server.client();
    client.socket.pause();
    client.send(get("Connection: close"));
    await settled(() => written);
    // What the two kernels hold, and a window.
    expect(written).toBeGreaterThan(0);
    expect(written).toBeLessThan(size - 10_000_000);
    // The part of it that is beyond what each answer has for nothing.
    expect(server.heap.inUse).toBe(192 * 1024);
    client.socket.resume();
    await client.end();
    expect(written).toBe(size);
    expect(server.heap.inUse).toBe(0);
  });

  it("gives a slow reader a smaller window where the host is short of memory", async () => {
    let waiting: number | undefined;
    const server = await start(way, async (exchange) => {
      const outgoing = exchange.respond({ status: 200, fields: [] });
      for (let sent = 0; sent < 30_000_000; sent += 100_000) {
        await writeAll(outgoing, new Uint8Array(100_000));
        waiting = Math.max(waiting ?? 0, outgoing.room);
      }
      outgoing.finish(undefined);
    });
    const all = server.heap.limit;
    expect(server.heap.tryTake(all)).toBe(true);
    const text = await (await server.client()).send(get("Connection: close")).end();
    expect(text.length).toBeGreaterThan(30_000_000);
    expect(waiting).toBeGreaterThan(0);
    expect(waiting).toBeLessThanOrEqual(64 * 1024);
    server.heap.give(all);
    expect(server.heap.inUse).toBe(0);
  });

  it("takes a short answer whole from the handler, whoever reads slowly", async () => {
    const ended = Promise.withResolvers<void>();
    const server = await start(way, async (exchange) => {
      const outgoing = exchange.respond({ status: 200, fields: [] });
      outgoing.write(new Uint8Array(60_000));
      outgoing.finish(undefined);
      ended.resolve();
    });
    const client = await server.client();
    client.socket.pause();
    client.send(get("Connection: close"));
    await ended.promise;
  });

  it("holds a client back that sends more than is read", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    let read = 0;
    const server = await start(
      way,
      async (exchange) => {
        await promise;
        read = (await readAll(exchange.body)).length;
        answer(exchange, "all");
      },
      { requestBytes: 30_000_000 },
    );
    const client = await server.client();
    client.send(head("POST /http/shop/", "Content-Length: 20000000", "Connection: close"));
    const piece = "x".repeat(1_000_000);
    for (let i = 0; i < 20; i++) client.send(piece);
    await settled(() => client.socket.writableLength);
    expect(client.socket.writableLength).toBeGreaterThan(5_000_000);
    resolve();
    expect(await client.end()).toMatch(/all$/);
    expect(read).toBe(20_000_000);
  });
});

/** Turns of the event loop, in which what was written by now is sent. */
async function turns(): Promise<void> {
  for (let i = 0; i < 5; i++) await nextTurn();
}

/** Resolves once nothing has changed for many turns. */
async function settled(value: () => number): Promise<void> {
  for (let quiet = 0, before = value(); quiet < 200; ) {
    await nextTurn();
    quiet = value() === before ? quiet + 1 : 0;
    before = value();
  }
}
