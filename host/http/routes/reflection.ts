/** What a plugin is made of: its WIT, its versions, their binaries and differences. */

import type { Hono } from "hono";
import { HotcellError } from "../../errors.ts";
import { printWorld } from "../../wit/text/print.ts";
import { immutableFile, json, text } from "../answer/respond.ts";
import type { Services } from "../services.ts";
import { integer, onlyKnown, queryOf } from "./query.ts";

export function addReflectionRoutes(app: Hono, { registry, access, downloads }: Services): void {
  app.get("/plugins/:name/wit", async (c) => {
    access.check("read", c.req.raw.headers, c.req.param("name"), c.env);
    const query = queryOf(c.req.url);
    onlyKnown(query, ["version"]);
    using _turn = await downloads.enter(c.req.raw.signal);
    return text(printWorld(await registry.world(c.req.param("name"), query.get("version") ?? undefined)));
  });

  app.get("/plugins/:name/versions", async (c) => {
    access.check("read", c.req.raw.headers, c.req.param("name"), c.env);
    const plugin = c.req.param("name");
    onlyKnown(queryOf(c.req.url), []);
    return json({ plugin, versions: await registry.versions(plugin) });
  });

  app.get("/plugins/:name/versions/:digest/wasm", async (c) => {
    access.check("download", c.req.raw.headers, c.req.param("name"), c.env);
    const { name, digest } = c.req.param();
    onlyKnown(queryOf(c.req.url), []);
    using _turn = await downloads.enter(c.req.raw.signal);
    const bytes = await registry.wasm(name, digest);
    return immutableFile(bytes, "application/wasm", `${name}.wasm`, digest);
  });

  app.get("/plugins/:name/deployments", async (c) => {
    access.check("read", c.req.raw.headers, c.req.param("name"), c.env);
    const plugin = c.req.param("name");
    const query = queryOf(c.req.url);
    onlyKnown(query, ["before", "limit"]);
    const before = integer(query, "before");
    const limit = integer(query, "limit");
    const page = { ...(before !== undefined && { before }), ...(limit !== undefined && { limit }) };
    return json({ plugin, deployments: await registry.deployments(plugin, page) });
  });

  app.get("/plugins/:name/diff", async (c) => {
    access.check("read", c.req.raw.headers, c.req.param("name"), c.env);
    const plugin = c.req.param("name");
    const query = queryOf(c.req.url);
    onlyKnown(query, ["from", "to"]);
    const from = query.get("from");
    const live = registry.details(plugin).version;
    if (from === null) {
      throw new HotcellError("bad-request", "A diff needs the version it starts from.", {
        subject: "from",
        remedy: `GET /plugins/${plugin}/diff?from=DIGEST&to=DIGEST; without to, it goes to the live version.`,
      });
    }
    const to = query.get("to") ?? live;
    using _turn = await downloads.enter(c.req.raw.signal);
    return json({ plugin, from, to, changes: await registry.diff(plugin, from, to) });
  });
}
