/** Routes for tokens of others: create, list, revoke. For the admin only. */

import type { Context } from "hono";
import { isPattern } from "../../access/plugin-patterns.ts";
import type { MadeToken, ShownRights, TokensAnswer } from "../../console/answers/access-answers.ts";
import { HotcellError } from "../../errors.ts";
import { checkName } from "../../registry/plugin-names.ts";
import { json, noContent } from "../answer/respond.ts";
import { jsonObject, readJson, requireMediaType } from "../body/body.ts";
import { bodyRequestOf } from "../body/body-of-request.ts";
import type { Services } from "../services.ts";
import type { Asked, Route } from "./route.ts";

const members = ["name", "scopes", "plugins", "expiresAt", "expiresIn"];

export const tokenRoutes: readonly Route[] = [
  {
    method: "POST",
    path: "/tokens",
    permission: "tokens",
    takes: ["application/json"],
    summary: "makes a token for others",
    query: {},
    handler: create,
  },
  {
    method: "GET",
    path: "/tokens",
    permission: "tokens",
    summary: "tokens, without what would let one use them",
    query: {},
    handler: async (_, { tokens }) => json({ tokens: await tokens.list() } satisfies TokensAnswer),
  },
  {
    method: "GET",
    path: "/rights",
    permission: "health",
    summary: "what the token that comes with it is good for, and what needs none",
    query: {},
    handler: (c, { access }) => json(access.rights(c.req.raw.headers, c.env) satisfies ShownRights),
  },
  {
    method: "DELETE",
    path: "/tokens/:id",
    permission: "tokens",
    summary: "revokes a token",
    query: {},
    handler: async (c, { tokens }, { identity }) => {
      await tokens.revoke(c.req.param("id")!, identity.who);
      return noContent();
    },
  },
];

/**
 * Takes `{ "name"?, "scopes": […], "plugins"?: […], "expiresAt"? | "expiresIn"? }`; the answer is the only one that ever
 * shows the token.
 */
async function create(c: Context, services: Services, { identity }: Asked): Promise<Response> {
  const request = c.req.raw;
  requireMediaType(request, ["application/json"], 'Send JSON: {"scopes":["deploy"],"plugins":["shop"]}.');
  const body = jsonObject(await readJson(bodyRequestOf(request, c.env), services), "The body", members);
  const { name, expiresAt, expiresIn } = body;
  const scopes = texts(body.scopes, "scopes");
  const plugins = body.plugins === undefined ? undefined : texts(body.plugins, "plugins");
  for (const plugin of plugins ?? []) if (!isPattern(plugin)) checkName(plugin);
  const token = await services.tokens.create(
    {
      ...(name !== undefined && { name: text(name, "name") }),
      scopes,
      ...(plugins && { plugins }),
      expiresAt,
      expiresIn,
    },
    identity.who,
  );
  return json(token satisfies MadeToken, 201, { location: `${new URL(request.url).pathname}/${token.id}` });
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
