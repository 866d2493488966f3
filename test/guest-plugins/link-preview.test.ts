/** The example `link-preview` against a server that has pages of all kinds. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, describe, expect, it } from "vitest";
import { inspectComponent } from "../../host/component/inspect.ts";
import { closeRequesting, placements } from "../capabilities/requests/placed-requesting.ts";
import { exampleWasm } from "../support/examples.ts";
import { bindAll } from "../support/placed-guest.ts";

const head = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Zoë &amp; Ada</title>
<meta property="og:description" content="A page"><meta property="og:image" content="cover.png"></head>`;
let left = Promise.withResolvers<void>();
const server = createServer((request, response) => {
  switch (request.url) {
    case "/posts/1":
      response.setHeader("content-type", "text/html; charset=utf-8");
      return response.end(`${head}<body>text</body></html>`);
    case "/endless": {
      response.setHeader("content-type", "text/html");
      response.write(head);
      response.on("close", () => left.resolve());
      const more = () => {
        while (!response.destroyed && response.write("<p>more</p>".repeat(1_000)));
      };
      response.on("drain", more);
      return more();
    }
    case "/cut":
      response.writeHead(200, { "content-type": "text/html", "content-length": 1_000 });
      return response.write("<title>half", () => request.socket.destroy());
    case "/picture":
      response.setHeader("content-type", "image/png");
      return response.end("x");
    default:
      response.statusCode = 404;
      return response.end();
  }
}).listen(0, "127.0.0.1");
await once(server, "listening");
const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
afterAll(() => {
  closeRequesting();
  server.closeAllConnections();
  server.close();
});

const component = inspectComponent(exampleWasm("link-preview"));

describe.each(Object.entries(placements))("link-preview, its cells %s", async (_, make) => {
  const call = bindAll(await make(component, "fresh"), component);
  const preview = (path: string) => call("example:link-preview/previews@1.0.0#fetch", [origin + path]);

  it("tells what a link to a page shows", async () => {
    expect(await preview("/posts/1")).toEqual({
      url: `${origin}/posts/1`,
      title: "Zoë & Ada",
      description: "A page",
      image: `${origin}/posts/cover.png`,
      site: undefined,
    });
  });

  it("reads no more of a page than it has to", async () => {
    left = Promise.withResolvers();
    expect(await preview("/endless")).toMatchObject({ title: "Zoë & Ada" });
    await left.promise;
  });

  it.each([
    ["/none", "the status is 404"],
    ["/picture", "it is no page but image/png"],
    ["/cut", `HTTP-response-incomplete: GET ${origin}`],
  ])("says why there is none of %s", async (path, why) => {
    await expect(preview(path)).rejects.toMatchObject({ code: "guest-error", payload: why });
  });
});
