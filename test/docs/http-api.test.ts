/** The page about the HTTP API has a row for each route of the table, which begins with its summary. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { createHost } from "../../host/host.ts";
import { apiRoutes } from "../../host/http/routes/api-routes.ts";
import { writtenPath } from "../../host/http/routes/route.ts";
import { exampleWasm } from "../support/examples.ts";

const page = readFileSync(new URL("../../docs/http-api.md", import.meta.url), "utf8");
const rows = new Map(
  [...page.matchAll(/^\| `([A-Z]+ \/[^`]*)` \| (.*) \|$/gm)].map(([, route = "", answer = ""]) => [
    route,
    answer,
  ]),
);
const nameOf = (route: (typeof apiRoutes)[number]) => `${route.method} ${writtenPath(route)}`;

it("has all routes, and no other", () => {
  expect([...rows.keys()].toSorted()).toEqual(apiRoutes.map(nameOf).toSorted());
});

it.each(apiRoutes.map((route) => [nameOf(route), route.summary] as const))(
  "begins %s with its summary",
  (name, summary) => {
    expect(rows.get(name)).toMatch(new RegExp(`^${RegExp.escape(summary)}`));
  },
);

it.each(apiRoutes.filter(({ query }) => query).map((route) => [nameOf(route), route.query] as const))(
  "names the query parameters that %s takes, and no others",
  (name, query) => {
    const named = [...rows.get(name)!.matchAll(/`\?([a-z-]+)/g)].map(([, parameter]) => parameter!);
    expect(named.toSorted()).toEqual([...(query?.once ?? []), ...(query?.often ?? [])].toSorted());
  },
);

it("explains the counters that a plugin's details have, and no others", async () => {
  await using host = await createHost();
  await host.registry.deploy("greet", exampleWasm("greet"));
  const [, section = ""] = page.split("\n## Counters\n");
  const explained = [...section.split("\n## ")[0]!.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name);
  expect(explained).toEqual(Object.keys(host.registry.details("greet").counters));
});
