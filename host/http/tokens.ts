/** Tokens for others: create, list, revoke. For the admin only. */

import type { Hono } from "hono";
import { HotcellError } from "../errors.ts";
import { checkName } from "../registry/registry.ts";
import { jsonObject, readJson, requireMediaType } from "./body.ts";
import { onlyKnown, queryOf } from "./query.ts";
import { json, noContent } from "./respond.ts";
import type { Services } from "./services.ts";

export function addTokenRoutes(app: Hono, { access, tokens, limits, bodies }: Services): void {
  /** `{ "scopes": […], "plugins"?: […] }`; the answer is the only one that ever shows the token. */
  app.post("/tokens", async (c) => {
    const request = c.req.raw;
    const { who } = access.check("tokens", request.headers, undefined, c.env);
    onlyKnown(queryOf(request.url), []);
    requireMediaType(request, ["application/json"], 'Send JSON: {"scopes":["deploy"],"plugins":["shop"]}.');
    const body = jsonObject(await readJson(request, limits.json, bodies), "The body", ["scopes", "plugins"]);
    const scopes = names(body.scopes, "scopes");
    const plugins = body.plugins === undefined ? undefined : names(body.plugins, "plugins");
    for (const name of plugins ?? []) checkName(name);
    const token = await tokens.create({ scopes, ...(plugins && { plugins }) }, who);
    return json(token, 201, { location: `${new URL(request.url).pathname}/${token.id}` });
  });

  app.get("/tokens", async (c) => {
    access.check("tokens", c.req.raw.headers, undefined, c.env);
    onlyKnown(queryOf(c.req.url), []);
    return json({ tokens: await tokens.list() });
  });

  app.delete("/tokens/:id", async (c) => {
    const { who } = access.check("tokens", c.req.raw.headers, undefined, c.env);
    onlyKnown(queryOf(c.req.url), []);
    await tokens.revoke(c.req.param("id"), who);
    return noContent();
  });
}

function names(value: unknown, member: string): string[] {
  if (Array.isArray(value) && value.every((name) => typeof name === "string")) return value;
  throw new HotcellError("bad-request", `The member ${member} must be an array of strings.`, {
    subject: member,
    expected: member === "scopes" ? '["deploy"]' : '["shop"]',
  });
}
