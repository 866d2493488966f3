/** Tokens for others: create, list, revoke. For the admin only. */

import type { Hono } from "hono";
import { isPattern } from "../../access/plugin-patterns.ts";
import { HotcellError } from "../../errors.ts";
import { checkName } from "../../registry/plugin-names.ts";
import { json, noContent } from "../answer/respond.ts";
import { jsonObject, readJson, requireMediaType } from "../body/body.ts";
import type { Services } from "../services.ts";
import { onlyKnown, queryOf } from "./query.ts";

const members = ["name", "scopes", "plugins", "expiresAt", "expiresIn"];

export function addTokenRoutes(app: Hono, services: Services): void {
  const { access, tokens } = services;
  /**
   * `{ "name"?, "scopes": […], "plugins"?: […], "expiresAt"? | "expiresIn"? }`; the answer is the only one that ever
   * shows the token.
   */
  app.post("/tokens", async (c) => {
    const request = c.req.raw;
    const { who } = access.check("tokens", request.headers, undefined, c.env);
    onlyKnown(queryOf(request.url), []);
    requireMediaType(request, ["application/json"], 'Send JSON: {"scopes":["deploy"],"plugins":["shop"]}.');
    const body = jsonObject(await readJson(request, services, c.env), "The body", members);
    const { name, expiresAt, expiresIn } = body;
    const scopes = texts(body.scopes, "scopes");
    const plugins = body.plugins === undefined ? undefined : texts(body.plugins, "plugins");
    for (const plugin of plugins ?? []) if (!isPattern(plugin)) checkName(plugin);
    const token = await tokens.create(
      {
        ...(name !== undefined && { name: text(name, "name") }),
        scopes,
        ...(plugins && { plugins }),
        expiresAt,
        expiresIn,
      },
      who,
    );
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

function text(value: unknown, member: string): string {
  if (typeof value === "string") return value;
  throw new HotcellError("bad-request", `The member ${member} must be a string.`, {
    subject: member,
    expected: "string",
    remedy: `Send {"${member}":"text"}.`,
  });
}

function texts(value: unknown, member: string): string[] {
  if (Array.isArray(value) && value.every((name) => typeof name === "string")) return value;
  throw new HotcellError("bad-request", `The member ${member} must be an array of strings.`, {
    subject: member,
    expected: member === "scopes" ? '["deploy"]' : '["shop"]',
    remedy: `Send {"${member}":${member === "scopes" ? '["deploy"]' : '["shop"]'}}.`,
  });
}
