/** The table of routes, and what is to follow from it: the paths that a 404 names, what a 405 allows, the permissions. */

import { Hono } from "hono";
import { afterAll, describe, expect, it } from "vitest";
import { permissions } from "../../../host/access/scopes.ts";
import { pluginRoutes } from "../../../host/http/embed.ts";
import { apiRoutes } from "../../../host/http/routes/api-routes.ts";
import { methods, writtenPath } from "../../../host/http/routes/route.ts";
import { startTestHost } from "../../support/test-host.ts";

const host = await startTestHost({ allowedHosts: [], cors: ["https://console.example"] });
afterAll(() => host.close());

const paths = [...new Set(apiRoutes.map(writtenPath))];
/** Those that take some methods only. */
const closed = paths.filter(
  (path) => !apiRoutes.some((route) => writtenPath(route) === path && route.method === "ANY"),
);
const sample = (path: string) =>
  path
    .replace("{code}", "trap")
    .replace("{file}", "console.css")
    .replaceAll(/\{\w+\}/g, "x");

describe("a path that is nobody's", () => {
  it("is answered with all that there are", async () => {
    const { status, json } = await host.send("GET", "/nowhere");
    expect(status).toBe(404);
    expect(json.remedy).toBe(`The API: ${paths.join(", ")}.`);
  });
});

describe.each(closed)("%s", (path) => {
  const taken = apiRoutes.filter((route) => writtenPath(route) === path);

  it("is refused for every other method, with those that it takes", async () => {
    const allow: string[] = methods.filter((method) => taken.some((route) => route.method === method));
    if (taken.some(({ method, head }) => method === "GET" && head !== false)) allow.splice(1, 0, "HEAD");
    for (const method of [...methods, "OPTIONS", "QUERY", "MOVE"]) {
      if (allow.includes(method)) continue;
      const { status, json, headers } = await host.send(method, sample(path));
      expect([method, status, json.code]).toEqual([method, 405, "method-not-allowed"]);
      expect(headers.get("allow")).toBe(allow.join(", "));
    }
  });

  it("answers HEAD where it answers GET, unless to answer has an effect", async () => {
    const get = taken.find(({ method }) => method === "GET");
    if (get === undefined) return;
    const { status } = await host.send("HEAD", sample(path));
    expect(status === 405).toBe(get.head === false);
  });

  it("is there under a path of an embedder's, too", async () => {
    const app = new Hono().route("/api/v1", pluginRoutes(host.host, { token: "t" }));
    for (const { method } of taken) {
      const answer = await app.request(`/api/v1${sample(path)}`, { method });
      const isFile = answer.status === 308 || answer.headers.get("content-type")?.startsWith("text/");
      const problem = isFile ? {} : ((await answer.json()) as { code?: string });
      expect(problem.code).not.toBe("route-not-found");
    }
    expect(await (await app.request(`/api/v2${sample(path)}`)).text()).toBe("404 Not Found");
  });
});

it("every permission that there is guards a route", () => {
  const guarded = new Set(apiRoutes.map(({ permission }) => permission));
  expect([...guarded].toSorted()).toEqual(Object.keys(permissions).toSorted());
});
