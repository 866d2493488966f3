/** Plugins: upload, list, details, settings, rollback, removal. */

import type { Context, Hono } from "hono";
import type { Identity } from "../../access/identity.ts";
import { PluginPatterns } from "../../access/plugin-patterns.ts";
import { HotcellError } from "../../errors.ts";
import type { Deployment, PluginSummary, Preconditions } from "../../registry/api.ts";
import { checkName } from "../../registry/plugin-names.ts";
import { json, noContent } from "../answer/respond.ts";
import { jsonObject, readJson, requireMediaType } from "../body/body.ts";
import type { Services } from "../services.ts";
import { askedPlugins } from "./asked-plugins.ts";
import { mayCall } from "./may-call.ts";
import { etagOf, preconditions, refuseHopeless } from "./preconditions.ts";
import { flag, integer, onlyKnown, queryOf } from "./query.ts";
import { checkUpload, receiveUpload } from "./upload.ts";

export function addPluginRoutes(app: Hono, services: Services): void {
  const { registry, access, limits, uploads } = services;
  /** Who asks for a change of a plugin, and what they may. */
  const asker = (c: Context, plugin: string, { who, authorize }: Identity): Preconditions => ({
    who,
    authorize,
    mayCall: mayCall(access, c.req.raw.headers, plugin, c.env),
  });

  app.get("/plugins", (c) => {
    const { plugins } = access.check("list", c.req.raw.headers, undefined, c.env);
    const query = queryOf(c.req.url);
    onlyKnown(query, ["after", "limit", "damaged"], ["name"]);
    const asked = askedPlugins(query, "name");
    const wanted = asked.length > 0 ? new PluginPatterns(asked) : undefined;
    const damaged = query.has("damaged") ? flag(query, "damaged") : undefined;
    const listed = registry
      .list()
      .filter(
        (plugin) =>
          (plugins?.has(plugin.name) ?? true) &&
          (wanted?.has(plugin.name) ?? true) &&
          (damaged === undefined || damaged === (plugin.damaged !== undefined)),
      );
    return json(pageOfPlugins(listed, query.get("after") ?? "", integer(query, "limit")));
  });

  app.get("/plugins/:name", (c) => {
    const name = c.req.param("name");
    access.check("read", c.req.raw.headers, name, c.env);
    onlyKnown(queryOf(c.req.url), []);
    const details = registry.details(name, { mayCall: mayCall(access, c.req.raw.headers, name, c.env) });
    return json(details, 200, { etag: etagOf(details.revision) });
  });

  app.put("/plugins/:name", async (c) => {
    const request = c.req.raw;
    const name = c.req.param("name");
    const identity = access.check("deploy", request.headers, name, c.env);
    const query = queryOf(request.url);
    onlyKnown(query, ["dry-run", "allow-breaking", "allow-state-loss"], ["grant"]);
    const dryRun = flag(query, "dry-run");
    const allowBreaking = flag(query, "allow-breaking");
    const allowStateLoss = flag(query, "allow-state-loss");
    const conditions = preconditions(request.headers);
    // All that the header is enough to refuse is refused before the body is asked for.
    checkName(name);
    refuseHopeless(conditions, registry, name);
    checkUpload(request, limits.upload);
    using _turn = await uploads.enter(request.signal);
    const upload = await receiveUpload(request, name, services, c.env);
    const deployment = await registry.deploy(name, upload.bytes, {
      dryRun,
      allowBreaking,
      allowStateLoss,
      ...(upload.settings && { settings: upload.settings }),
      grant: query.getAll("grant"),
      ...(upload.checks !== undefined && { checks: upload.checks }),
      ...conditions,
      ...asker(c, name, identity),
    });
    return answer(c, deployment);
  });

  app.patch("/plugins/:name", async (c) => {
    const request = c.req.raw;
    const name = c.req.param("name");
    const identity = access.check("settings", request.headers, name, c.env);
    const query = queryOf(request.url);
    onlyKnown(query, ["dry-run", "allow-state-loss"]);
    const options = { dryRun: flag(query, "dry-run"), allowStateLoss: flag(query, "allow-state-loss") };
    requireMediaType(
      request,
      ["application/json", "application/merge-patch+json"],
      "Send a JSON merge patch with the header Content-Type: application/json.",
    );
    const patch = jsonObject(
      await readJson(request, services, c.env),
      "The settings patch",
      undefined,
      '{"mode":"fresh"}',
    );
    const conditions = { ...options, ...preconditions(request.headers), ...asker(c, name, identity) };
    return answer(c, await registry.configure(name, patch, conditions));
  });

  app.post("/plugins/:name/rollback", async (c) => {
    const request = c.req.raw;
    const name = c.req.param("name");
    const identity = access.check("deploy", request.headers, name, c.env);
    onlyKnown(queryOf(request.url), []);
    const to = rollbackTarget(await readJson(request, services, c.env));
    const conditions = { ...preconditions(request.headers), ...asker(c, name, identity) };
    return answer(c, await registry.rollback(name, to, conditions));
  });

  app.delete("/plugins/:name", async (c) => {
    const request = c.req.raw;
    const name = c.req.param("name");
    const { who } = access.check("remove", request.headers, name, c.env);
    onlyKnown(queryOf(request.url), []);
    await registry.remove(name, { ...preconditions(request.headers), who });
    return noContent();
  });
}

/** Plugins that one answer lists, and UTF-16 units of their functions' names. */
export const mostListed = 1_000;
const mostNames = 1024 * 1024;

/** Those with a name after `after`; `next` is to be asked for after, where there are more. One is in it at least. */
function pageOfPlugins(
  all: readonly PluginSummary[],
  after: string,
  limit = mostListed,
): { plugins: PluginSummary[]; next?: string } {
  const from = all.findIndex(({ name }) => name > after);
  const rest = from < 0 ? [] : all.slice(from, from + Math.min(limit, mostListed));
  let names = 0;
  const full = rest.findIndex(({ functions }, i) => {
    names += functions.reduce((sum, name) => sum + name.length, 0);
    return i > 0 && names > mostNames;
  });
  const plugins = full < 0 ? rest : rest.slice(0, full);
  const last = plugins.at(-1)?.name;
  const more = last !== undefined && last !== all.at(-1)?.name;
  return { plugins, ...(more && { next: last }) };
}

function answer(c: Context, deployment: Deployment): Response {
  const { outcome, revision } = deployment;
  // A plan has no revision to match against yet.
  if (outcome === "planned") return json(deployment);
  const etag = etagOf(revision);
  if (outcome !== "created") return json(deployment, 200, { etag });
  return json(deployment, 201, { etag, location: new URL(c.req.url).pathname });
}

function rollbackTarget(body: unknown): string | undefined {
  if (body === undefined) return undefined;
  const { to } = jsonObject(body, "The body", ["to"]);
  if (to === undefined || typeof to === "string") return to;
  throw new HotcellError("bad-request", "The member to must be a version's digest.", {
    subject: "to",
    expected: "sha256: and 64 hexadecimal digits",
    remedy:
      'Send {"to":"sha256:…"}, with one that GET /plugins/{name}/versions lists, or no body for the one before.',
  });
}
