/** Routes of plugins: upload, list, details, settings, rollback, removal. */

import type { Context } from "hono";
import { PluginPatterns } from "../../access/plugin-patterns.ts";
import { answerBounds } from "../../bounds/http-bounds.ts";
import type { ShownDeployment } from "../../console/answers/deployment-answers.ts";
import type { PageOfPlugins, ShownPlugin } from "../../console/answers/plugin-answers.ts";
import { HotcellError } from "../../errors.ts";
import type { Deployment, Preconditions } from "../../registry/api.ts";
import { checkName } from "../../registry/plugin-names.ts";
import type { PluginSummary } from "../../registry/told-plugins.ts";
import { json, noContent } from "../answer/respond.ts";
import { jsonObject, readJson, requireMediaType } from "../body/body.ts";
import { bodyRequestOf } from "../body/body-of-request.ts";
import { servedAt } from "../routing/served-at.ts";
import type { Services } from "../services.ts";
import { lateIn, type SeenPlugin, type SeenPlugins } from "../told-figures.ts";
import { askedPlugins } from "./asked-plugins.ts";
import { may, mayCall } from "./may-call.ts";
import { etagOf, preconditions, refuseHopeless } from "./preconditions.ts";
import { flag, integer, queryOf } from "./query.ts";
import type { Asked, Route } from "./route.ts";
import { checkUpload, receiveUpload } from "./upload/upload.ts";
import { isPull, receivePull } from "./upload/upload-pull.ts";

export const pluginRoutesOfApi: readonly Route[] = [
  {
    method: "GET",
    path: "/plugins",
    permission: "list",
    summary: "list",
    query: { once: ["after", "limit", "damaged", "counters"], often: ["name"] },
    handler: list,
  },
  {
    method: "GET",
    path: "/plugins/:name",
    permission: "read",
    summary: "details: settings, world, counters",
    query: {},
    handler: async (c, services, { plugin }) => {
      const { registry, access, figures } = services;
      // Of a store that can't be read just now all else is told.
      const origin = await registry.origin(plugin).catch(() => undefined);
      const seen = { mayCall: mayCall(access, c.req.raw.headers, plugin, c.env) };
      const sight = await figures.plugins?.([plugin]);
      const details = registry.details(plugin, seen);
      const told = {
        ...details,
        ...changing(sight, plugin),
        ...lateIn(sight),
        ...(origin && { origin }),
        ...places(services, plugin, details),
      } satisfies ShownPlugin;
      return json(told, 200, { etag: etagOf(details.revision) });
    },
  },
  {
    method: "PUT",
    path: "/plugins/:name",
    permission: "deploy",
    takes: ["application/wasm", "multipart/form-data", "application/json"],
    summary: "upload",
    query: { once: ["dry-run", "allow-breaking", "allow-state-loss", "at-once"], often: ["grant", "breaks"] },
    handler: upload,
  },
  {
    method: "PATCH",
    path: "/plugins/:name",
    permission: "settings",
    takes: ["application/merge-patch+json", "application/json"],
    summary: "settings, as a merge patch",
    query: { once: ["dry-run", "allow-state-loss", "at-once"] },
    handler: configure,
  },
  {
    method: "POST",
    path: "/plugins/:name/rollback",
    permission: "deploy",
    takes: ["application/json"],
    summary: "makes the version before live again",
    query: { often: ["breaks"] },
    handler: async (c, services, asked) => {
      const request = c.req.raw;
      const to = rollbackTarget(await readJson(bodyRequestOf(request, c.env), services));
      const conditions = {
        ...preconditions(request.headers),
        ...asker(c, services, asked),
        breaks: queryOf(request.url).getAll("breaks"),
      };
      return answer(c, services, await services.registry.rollback(asked.plugin, to, conditions));
    },
  },
  {
    method: "DELETE",
    path: "/plugins/:name/rollout",
    permission: "deploy",
    summary: "stops the rollout of the plugin, whichever host leads it",
    query: {},
    handler: async (_, { registry }, { plugin, identity }) => {
      await registry.stopRollout(plugin, identity.who);
      return noContent();
    },
  },
  {
    method: "DELETE",
    path: "/plugins/:name",
    permission: "remove",
    summary: "removes the plugin",
    query: { once: ["keep-data"], often: ["breaks"] },
    handler: async (c, { registry }, { plugin, identity }) => {
      const query = queryOf(c.req.url);
      await registry.remove(plugin, {
        ...preconditions(c.req.raw.headers),
        ...(query.has("keep-data") && { keepData: flag(query, "keep-data") }),
        breaks: query.getAll("breaks"),
        who: identity.who,
      });
      return noContent();
    },
  },
];

async function list(c: Context, { registry, figures }: Services, { identity }: Asked): Promise<Response> {
  const { plugins } = identity;
  const query = queryOf(c.req.url);
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
  const page = pageOfPlugins(listed, query.get("after") ?? "", integer(query, "limit"));
  const counted = flag(query, "counters");
  const sight = await figures.plugins?.(page.plugins.map(({ name }) => name));
  if (!counted && !sight) return json(page satisfies PageOfPlugins);
  const told = page.plugins.map((plugin) => {
    const { lastTrap, behind, rollout, counters } = changing(sight, plugin.name);
    return {
      ...plugin,
      ...(lastTrap !== undefined && { lastTrap }),
      ...(behind && { behind }),
      ...(rollout && { rollout }),
      ...(counted && { counters: counters ?? registry.counters(plugin.name) }),
    };
  });
  return json({ ...page, plugins: told, ...lateIn(sight) } satisfies PageOfPlugins);
}

/** Members of a plugin that become others by themselves, where other workers have to be asked for them. */
function changing(sight: SeenPlugins | undefined, plugin: string): Partial<ToldSight> {
  const seen = sight?.find(plugin);
  if (!seen) return {};
  const { traps, ...told } = seen;
  return { ...told, ...(traps[0] && { lastTrap: traps[0].at }) };
}

type ToldSight = Omit<SeenPlugin, "traps"> & Pick<PluginSummary, "lastTrap">;

async function upload(c: Context, services: Services, asked: Asked): Promise<Response> {
  const { registry, limits, uploads } = services;
  const { plugin } = asked;
  const request = c.req.raw;
  const query = queryOf(request.url);
  const dryRun = flag(query, "dry-run");
  const allowBreaking = flag(query, "allow-breaking");
  const allowStateLoss = flag(query, "allow-state-loss");
  const conditions = preconditions(request.headers);
  // All that the header is enough to refuse is refused before the body is asked for.
  checkName(plugin);
  refuseHopeless(conditions, registry, plugin);
  checkUpload(request, limits);
  const body = bodyRequestOf(request, c.env);
  using pulled = isPull(request) ? await receivePull(body, request.signal, services) : undefined;
  using _turn = await uploads.enter(request.signal);
  const uploaded = pulled?.upload ?? (await receiveUpload(body, plugin, services));
  const { bytes, settings, checks, files, origin } = uploaded;
  const deployment = await registry.deploy(plugin, bytes, {
    dryRun,
    allowBreaking,
    allowStateLoss,
    atOnce: flag(query, "at-once"),
    ...(settings && { settings }),
    grant: query.getAll("grant"),
    breaks: query.getAll("breaks"),
    ...(checks !== undefined && { checks }),
    ...(files && { files }),
    ...(origin && { origin }),
    ...conditions,
    ...asker(c, services, asked),
  });
  return answer(c, services, deployment);
}

async function configure(c: Context, services: Services, asked: Asked): Promise<Response> {
  const request = c.req.raw;
  const query = queryOf(request.url);
  const options = {
    dryRun: flag(query, "dry-run"),
    allowStateLoss: flag(query, "allow-state-loss"),
    atOnce: flag(query, "at-once"),
  };
  requireMediaType(
    request,
    ["application/json", "application/merge-patch+json"],
    "Send a JSON merge patch with the header Content-Type: application/json.",
  );
  const patch = jsonObject(
    await readJson(bodyRequestOf(request, c.env), services),
    "The settings patch",
    undefined,
    '{"mode":"fresh"}',
  );
  const conditions = { ...options, ...preconditions(request.headers), ...asker(c, services, asked) };
  return answer(c, services, await services.registry.configure(asked.plugin, patch, conditions));
}

/** Whoever asks for a change of a plugin, and what they may. */
function asker(c: Context, { access }: Services, { plugin, identity }: Asked): Preconditions {
  const { who, authorize } = identity;
  const { headers } = c.req.raw;
  return {
    who,
    authorize,
    mayCall: mayCall(access, headers, plugin, c.env),
    mayReach: (reach) => may(reach.permission, access, headers, reach.plugin, c.env),
  };
}

/** Plugins that one answer lists, and UTF-16 units of their functions' names. */
const maxListed = answerBounds.listed.value;
const maxNames = answerBounds.listedNames.value;

/** Page of the plugins with a name after `after`; `next` is to be asked for after, where there are more. One is in it at least. */
function pageOfPlugins(
  all: readonly PluginSummary[],
  after: string,
  limit = maxListed,
): { plugins: PluginSummary[]; next?: string } {
  const from = all.findIndex(({ name }) => name > after);
  const rest = from < 0 ? [] : all.slice(from, from + Math.min(limit, maxListed));
  let names = 0;
  const full = rest.findIndex(({ functions }, i) => {
    names += functions.reduce((sum, name) => sum + name.length, 0);
    return i > 0 && names > maxNames;
  });
  const plugins = full < 0 ? rest : rest.slice(0, full);
  const last = plugins.at(-1)?.name;
  const more = last !== undefined && last !== all.at(-1)?.name;
  return { plugins, ...(more && { next: last }) };
}

function answer(c: Context, services: Services, deployment: Deployment): Response {
  const { plugin, outcome, revision } = deployment;
  const told = { ...deployment, ...places(services, plugin, deployment) } satisfies ShownDeployment;
  // A plan has no revision to match against yet.
  const timing = { "server-timing": serverTiming(deployment) };
  if (outcome === "planned") return json(told, 200, timing);
  const headers = { ...timing, etag: etagOf(revision) };
  if (outcome !== "created") return json(told, 200, headers);
  return json(told, 201, { ...headers, location: new URL(c.req.url).pathname });
}

/** Stages of a deployment as browsers show them beside the request (W3C Server Timing). */
function serverTiming({ timings }: Deployment): string {
  return Object.entries(timings)
    .map(([stage, milliseconds]) => `${stage.replace(/[^\w-]/g, "-")};dur=${milliseconds}`)
    .join(", ");
}

/** Addresses at which the plugin serves HTTP, where it does and they are known. */
function places(
  { pluginsListener }: Services,
  plugin: string,
  described: Parameters<typeof servedAt>[1],
): { servedAt?: readonly string[] } {
  const listener = pluginsListener?.();
  const found = listener && servedAt(plugin, described, listener);
  return found ? { servedAt: found } : {};
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
