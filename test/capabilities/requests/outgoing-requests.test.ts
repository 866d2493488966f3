/** Requests that guests send, wherever their cells are: what the guest can do, and what is left of it. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { hostInterface } from "../../../host/capabilities/interfaces.ts";
import { inspectComponent } from "../../../host/component/inspect.ts";
import { casesOf } from "../../../host/wit/layout.ts";
import { resolve } from "../../../host/wit/model.ts";
import { requestingGuest } from "../../guests/requesting-guest.ts";
import { bindAll } from "../../support/placed-guest.ts";
import { removeTemporaryFolders } from "../../support/plugin-build.ts";
import { closeRequesting, heap, placements } from "./placed-requesting.ts";

afterAll(removeTemporaryFolders);

const guest = inspectComponent(await requestingGuest());

/** Texts that the guest gives for `error-code`s, by number. */
const codes = (() => {
  const [type] = hostInterface("wasi:http/types")!.items.flatMap((item) =>
    item.kind === "type" && item.name === "error-code" ? [item.definition.body] : [],
  );
  return casesOf(resolve(type as Parameters<typeof resolve>[0]))!.map(({ name }) => name);
})();
const named = (told: unknown) => `${told}`.replaceAll(/error (\d+)/g, (_, number) => codes[Number(number)]!);

let server: Server;
let authority: string;
/** Requests that are under way at the server. */
const open = new Set<IncomingMessage>();
let seen: string[] = [];

function answer(request: IncomingMessage, response: ServerResponse): void {
  open.add(request);
  response.once("close", () => open.delete(request));
  seen.push(`${request.method} ${request.url}`);
  const { pathname } = new URL(request.url!, "http://x");
  switch (pathname) {
    case "/silent":
      return;
    case "/endless": {
      response.writeHead(200);
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(16_384, 65)));
      };
      response.on("drain", more);
      more();
      return;
    }
    case "/broken":
      response.writeHead(200, { "content-length": "100" });
      response.write("begun", () => request.socket.destroy());
      return;
    case "/reflect":
      response.writeHead(200);
      request.pipe(response);
      return;
    case "/early":
      response.end("enough");
      return;
    case "/trailers":
      response.writeHead(200, { trailer: "x-last", connection: "x-hop" });
      response.write("body");
      response.addTrailers({ "x-last": "end" });
      response.end();
      return;
    case "/short":
      response.end("x".repeat(30_000));
      return;
    default: {
      let body = "";
      request.setEncoding("utf8");
      request.on("data", (piece) => {
        body += piece;
      });
      request.on("end", () => {
        response.setHeader("x-method", request.method!);
        response.setHeader("x-host", request.headers.host!);
        response.setHeader("x-trailers", JSON.stringify(request.trailers));
        response.writeHead(pathname === "/404" ? 404 : 200);
        response.end(`${request.url} ${request.headers["x-any"] ?? ""} ${body}`);
      });
    }
  }
}

beforeAll(async () => {
  server = createServer(answer).listen(0, "127.0.0.1");
  await once(server, "listening");
  authority = `127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

afterEach(async () => {
  closeRequesting();
  // Nothing of a cell goes on when it has ended.
  for (const request of open) await new Promise((resolve) => request.once("close", resolve));
  seen = [];
});

const cases = Object.entries(placements).flatMap(([name, make]) =>
  (["shared", "fresh"] as const).map((mode) => [name, mode, make] as const),
);

describe.each(cases)("a guest that sends requests, its cells %s and %s", (_, mode, make) => {
  const start = async () => bindAll(await make(guest, mode), guest);

  it("has the response with its fields, its body and its trailers", async () => {
    const call = await start();
    expect(await call("send", [authority, "GET", "/a?b=c", "X-Any:é", ""])).toBe(
      `200 x-method=GET;x-host=${authority};x-trailers={};|/a?b=c Ã© `,
    );
    expect(await call("send", [authority, "PUT", "/404", "", "some"])).toMatch(
      /^404 x-method=PUT;.*\|\/404 {2}some$/,
    );
    expect(await call("send", [authority, "PUT", "/a", "", "some with trailers"])).toBe(
      `200 x-method=PUT;x-host=${authority};x-trailers={"x-end":"yes"};|/a  some with trailers`,
    );
    expect(await call("send", [authority, "GET", "/trailers", "", ""])).toBe("200 |body|x-last=end;");
    expect(await call("send", [authority, "HEAD", "/a", "", ""])).toMatch(/^200 x-method=HEAD;.*\|$/);
  });

  it("is told what went wrong, in WASI's words", async () => {
    const call = await start();
    const send = async (...args: string[]) => named(await call("send", args));
    expect(await send("127.0.0.1:1", "GET", "/", "", "")).toBe("connection-refused");
    expect(await send(authority, "GET", "/broken", "", "")).toBe(
      "200 |begunHTTP-response-incomplete|HTTP-response-incomplete",
    );
    for (const [field, told] of [
      ["Host:x", "forbidden"],
      ["connection:x", "forbidden"],
      ["Transfer-Encoding:chunked", "forbidden"],
      ["a b:c", "invalid"],
      ["a:b\nc: d", "invalid"],
    ])
      expect(await send(authority, "GET", "/", field!, "")).toBe(told);
    const refused = async (scheme: string, host: string | undefined, method: string, path: string) =>
      named(await call("refusal", [scheme, host, method, path]));
    expect(await refused("http", undefined, "GET", "/")).toBe("HTTP-request-URI-invalid");
    expect(await refused("ftp", authority, "GET", "/")).toBe("HTTP-protocol-error");
    expect(await refused("http", authority, "connect", "/")).toBe("HTTP-request-method-invalid");
    expect(await refused("http", authority, "CONNECT", "/")).toBe("HTTP-request-method-invalid");
    expect(await refused("http", authority, "a b", "/")).toBe("no method");
    expect(await refused("http", "a b", "GET", "/")).toBe("no authority");
    expect(await refused("http", authority, "GET", "/\r\n")).toBe("no path");
    for (const path of ["x", "http://other/", "/a#b", "*"])
      expect(await refused("http", authority, "GET", path)).toBe("HTTP-request-URI-invalid");
    for (const host of ["a/b", "user@host", "a?b", "a\\b"])
      expect(await refused("http", host, "GET", "/")).toBe("HTTP-request-URI-invalid");
    expect(await refused("http", authority, "GET", `/${"x".repeat(9_000)}`)).toBe(
      "HTTP-request-URI-too-long",
    );
    expect(await refused("http", authority, "GET", "?q")).toMatch(/^200 .*\|\/\?q/);
  });

  it("sends no body of another length than it declares", async () => {
    const call = await start();
    const declared = async (...args: unknown[]) => named(await call("declared", [authority, ...args]));
    expect(await declared("4", "some", true)).toMatch(/^200 .*some$/);
    expect(await declared("4", "some", false)).toMatch(/^200 .*some$/);
    expect(await declared("5", "some", true)).toBe("finish HTTP-request-body-size HTTP-protocol-error");
    expect(await declared("5", "some", false)).toBe("finish HTTP-request-body-size HTTP-request-body-size");
    expect(await declared("3", "some", true)).toBe("write HTTP-request-body-size HTTP-protocol-error");
    expect(await declared("3", "some", false)).toBe("write HTTP-request-body-size HTTP-request-body-size");
    expect(await declared("5", "none", true)).toBe("HTTP-request-body-size");
  });

  it("has many under way at once, and polls them together", async () => {
    const call = await start();
    const paths = Array.from({ length: 50 }, (_, i) => `/n${i}`);
    const told = `${await call("many", [authority, paths])}`.split(",");
    expect(
      told
        .filter((each) => each.startsWith("200"))
        .map((each) => /\/n\d+/.exec(each)![0])
        .sort(),
    ).toEqual(paths.toSorted());
  });

  it("streams both ways at once, at the pace of whoever is slower", async () => {
    const call = await start();
    expect(await call("reflect", [authority, 3_000_000])).toBe(3_000_000n);
  });

  it("reads an answer that comes before it has written all", async () => {
    const call = await start();
    expect(await call("early", [authority])).toBe("200 |enough");
  });

  it("leaves nothing behind, at whatever point it lets go", async () => {
    const call = await start();
    const before = heap.inUse;
    for (let stage = 0; stage <= 7; stage++) await call("leave", [authority, stage, 15]);
    for (const request of open) await new Promise((resolve) => request.once("close", resolve));
    expect(await call("send", [authority, "GET", "/a", "", ""])).toMatch(/^200/);
    expect(heap.inUse).toBe(before);
  });

  it("has no request left at the deadline of its call", async () => {
    const call = await start();
    const context = { fuel: 0, deadline: performance.now() + 200 };
    const late = { code: "timeout" };
    await expect(call("send", [authority, "GET", "/silent", "", ""], context)).rejects.toMatchObject(late);
    for (const request of open) await new Promise((resolve) => request.once("close", resolve));
  });

  it("is refused more at a time than a cell may have, and keeps no more of what it does not read", async () => {
    const call = await start();
    expect(named(await call("hold", [authority, "/silent", 100]))).toBe("63 connection-limit-reached");
    expect(named(await call("hold", [authority, "/short", 100]))).toMatch(/^\d+ connection-limit-reached$/);
  });
});
