/** Requests from AssemblyScript, `hotcell/assembly/fetch`, as its page shows it and beyond. */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { inspectComponent } from "../../host/component/inspect.ts";
import { closeRequesting, placements } from "../capabilities/requests/placed-requesting.ts";
import { root } from "../support/cli.ts";
import { bindAll } from "../support/placed-guest.ts";
import { buildComponent, removeTemporaryFolders } from "../support/plugin-build.ts";
import { witDeps } from "./wit-packages.ts";

const page = readFileSync(join(root, "guest-plugins/assembly/fetch.md"), "utf8");

function blocks(language: string): string {
  const found = page.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, "gms"));
  return Array.from(found, ([, text]) => text!).join("\n");
}

/** What the page does not show. */
const more = {
  world: `
  export asked: func(method: string, url: string) -> string;
  export fields: func(url: string) -> string;
  export whole: func(url: string, max: s32) -> string;
  export given-up: func(origin: string) -> string;
  export twice: func(url: string);
}`,
  source: `
export function asked(method: string, url: string): string {
  const response = new FetchRequest(method, url).header("x-one", "1").header("X-One", "2").appendHeader("x-two", "a").appendHeader("x-two", "b").send();
  const text = response.text();
  return text ? text : response.error!.message;
}
export function fields(url: string): string {
  const response = fetch(url);
  const joined = response.header("X-MANY");
  response.drop();
  return joined! + "|" + response.headers("x-many").length.toString() + "|" + (response.header("x-none") ? "some" : "none");
}
export function whole(url: string, max: i32): string {
  const response = fetch(url);
  const bytes = response.bytes(max);
  return bytes ? bytes.length.toString() : response.error!.code;
}
export function givenUp(origin: string): string {
  const pending = new FetchRequest("GET", origin + "/silent").timeout(50000).start();
  pending.drop();
  const response = pending.wait();
  return response.status.toString() + " " + response.error!.code;
}
export function twice(url: string): void {
  const request = new FetchRequest("GET", url);
  request.send().drop();
  request.send();
}`,
};

const component = await (async () => {
  const wit = blocks("wit").replace(/\}\n$/, more.world);
  const files = { "wit/world.wit": wit, "assembly/index.ts": blocks("ts") + more.source };
  const deps = await witDeps("wasi:http@0.2.0");
  return inspectComponent(await buildComponent({ files: { ...files, ...deps }, options: ["-O3"] }));
})();

const large = Buffer.alloc(5_000_000, 65);

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = Buffer.concat(await Array.fromAsync(request)).toString();
  const { url = "", method, headers } = request;
  if (url === "/large") response.end(large);
  else if (url === "/silent") return;
  else if (url === "/broken") {
    response.writeHead(200, { "content-length": 10 });
    response.write("some", () => request.socket.destroy());
  } else if (url === "/orders") {
    response.writeHead(201, {
      location: `/orders/${JSON.parse(body).item}`,
      "x-type": headers["content-type"]!,
    });
    response.end(`${headers["content-length"]}`);
  } else if (url === "/items/a%20b") response.end(JSON.stringify({ name: `${headers.accept} é` }));
  else if (url === "/lines")
    response.end(`${body.split("\n").length - 1} lines as ${headers["content-type"]}`);
  else if (url === "/many")
    response
      .writeHead(
        200,
        [
          ["x-many", "1"],
          ["X-Many", "2"],
        ].flat(),
      )
      .end();
  else if (url.startsWith("/status/")) response.writeHead(Number(url.slice(8))).end();
  else response.end(`${method} ${url} ${headers["x-one"] ?? ""} ${headers["x-two"] ?? ""}`.trim());
}

const server = createServer((request, response) => void answer(request, response)).listen(0, "127.0.0.1");
await once(server, "listening");
const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
afterAll(async () => {
  closeRequesting();
  server.closeAllConnections();
  server.close();
  await removeTemporaryFolders();
});

describe.each(Object.entries(placements))(
  "a plugin of hotcell/assembly/fetch, its cell %s",
  async (_, make) => {
    const call = bindAll(await make(component, "shared"), component);

    it("does what its page says", async () => {
      expect(await call("greeting", [origin])).toBe("GET /greeting?name=Zo%C3%AB");
      expect(await call("greeting", ["http://127.0.0.1:1"])).toBe(
        "connection-refused: GET http://127.0.0.1:1",
      );
      expect(await call("lookup", [origin, "a b"])).toBe("application/json é");
      expect(await call("lookup", [origin, "none"])).toBe("no JSON");
      expect(await call("lookup", [`${origin}/status/404#`, ""])).toBe("status 404");
      expect(await call("order", [origin, "tea"])).toBe("/orders/tea");
      const paths = [200, 204, 404, 500].map((status) => `/status/${status}`);
      expect(await call("all", [origin, paths])).toEqual(Uint32Array.of(200, 204, 404, 500));
      expect(await call("size", [origin])).toBe(5_000_000n);
      expect(await call("upload", [origin, 50_000])).toBe("50000 lines as text/plain");
    });

    it("asks for URLs as they come", async () => {
      const asked = (url: string, method = "GET") => call("asked", [method, url]);
      expect(await asked(`${origin.toUpperCase()}/a?b=c d#e`)).toBe("GET /a?b=c%20d 2 a, b");
      expect(await asked(origin, "PURGE")).toBe("PURGE / 2 a, b");
      expect(await asked(`${origin}?q`)).toBe("GET /?q 2 a, b");
      expect(await asked("http://user:password@a/b?c")).toBe("HTTP-request-URI-invalid: GET http://a");
      for (const url of ["", "/a", "ftp://a/", "http://", "http:///a", "http://a b/"])
        expect([url, await asked(url)]).toEqual([
          url,
          expect.stringMatching(/^HTTP-request-URI-invalid: GET /),
        ]);
      expect(await asked(origin, "a b")).toMatch(/^HTTP-request-URI-invalid/);
      expect(await asked(origin, "CONNECT")).toMatch(/^HTTP-request-method-invalid: CONNECT http:/);
    });

    it("has fields, one by one or joined", async () => {
      expect(await call("fields", [`${origin}/many`])).toBe("1, 2|2|none");
    });

    it("takes no part of a body for all of it, and none that is larger than it wants", async () => {
      expect(await call("whole", [`${origin}/broken`, 100])).toBe("HTTP-response-incomplete");
      expect(await call("whole", [`${origin}/large`, 4_999_999])).toBe("HTTP-response-body-size");
      expect(await call("whole", [`${origin}/large`, 5_000_000])).toBe("5000000");
    });

    it("gives up what it does not wait for any more", async () => {
      expect(await call("given-up", [origin])).toBe("0 connection-terminated");
    });

    it("sends a request once", async () => {
      await expect(call("twice", [origin])).rejects.toMatchObject({
        code: "trap",
        message: expect.stringContaining("the request has been sent"),
      });
    });
  },
);
