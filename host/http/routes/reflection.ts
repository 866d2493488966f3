/** Routes that tell what a plugin is made of: its WIT, its versions, their binaries and differences. */

import type { Context } from "hono";
import { answerBounds } from "../../bounds/http-bounds.ts";
import type { DiffAnswer } from "../../console/answers/deployment-answers.ts";
import type {
  DeploymentsAnswer,
  FilesAnswer,
  VersionsAnswer,
} from "../../console/answers/history-answers.ts";
import type { TrapsAnswer } from "../../console/answers/plugin-answers.ts";
import { HotcellError } from "../../errors.ts";
import { diffTrees } from "../../tree/tree-diff.ts";
import { printWorld } from "../../wit/text/print.ts";
import { immutableFile, json, text } from "../answer/respond.ts";
import type { Services } from "../services.ts";
import { lateIn } from "../told-figures.ts";
import { integer, queryOf } from "./query.ts";
import type { Asked, Route } from "./route.ts";

/** Files that one answer lists. */
const maxFiles = answerBounds.listed.value;

export const reflectionRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/plugins/:name/wit",
    permission: "read",
    gives: "text/plain",
    summary: "the world as WIT",
    query: { once: ["version"] },
    handler: async (c, { registry, downloads }, { plugin }) => {
      const version = queryOf(c.req.url).get("version") ?? undefined;
      using _turn = await downloads.enter(c.req.raw.signal);
      return text(printWorld(await registry.world(plugin, version)));
    },
  },
  {
    method: "GET",
    path: "/plugins/:name/traps",
    permission: "events",
    summary: "the newest calls that ended their cell, and where in the source",
    query: {},
    handler: async (_, { figures, registry }, { plugin }) => {
      const own = registry.traps(plugin);
      const seen = await figures.plugins?.([plugin]);
      const traps = seen?.find(plugin)?.traps ?? own;
      return json({ plugin, traps, ...lateIn(seen) } satisfies TrapsAnswer);
    },
  },
  {
    method: "GET",
    path: "/plugins/:name/versions",
    permission: "read",
    summary: "kept versions",
    query: {},
    handler: async (_, { registry }, { plugin }) =>
      json({ plugin, versions: await registry.versions(plugin) } satisfies VersionsAnswer),
  },
  {
    method: "GET",
    path: "/plugins/:name/versions/:digest/wasm",
    permission: "download",
    gives: "application/wasm",
    summary: "a version's binary",
    query: {},
    handler: async (c, { registry, downloads }, { plugin }) => {
      const digest = c.req.param("digest")!;
      using _turn = await downloads.enter(c.req.raw.signal);
      const bytes = await registry.wasm(plugin, digest);
      return immutableFile(bytes, "application/wasm", `${plugin}.wasm`, digest);
    },
  },
  {
    method: "GET",
    path: "/plugins/:name/versions/:digest/files",
    permission: "read",
    summary: "files that came with a version",
    query: { once: ["after", "limit"] },
    handler: files,
  },
  {
    method: "GET",
    path: "/plugins/:name/versions/:digest/files/:path{.+}",
    permission: "download",
    gives: "application/octet-stream",
    summary: "a file that came with a version",
    query: {},
    handler: async (c, { registry, downloads }, { plugin }) => {
      const path = c.req.param("path")!;
      using _turn = await downloads.enter(c.req.raw.signal);
      const { bytes, digest } = await registry.file(plugin, c.req.param("digest")!, path);
      const name = path.slice(path.lastIndexOf("/") + 1);
      return immutableFile(bytes, "application/octet-stream", name, digest);
    },
  },
  {
    method: "GET",
    path: "/plugins/:name/deployments",
    permission: "read",
    summary: "history, newest first",
    query: { once: ["before", "limit"] },
    handler: deployments,
  },
  {
    method: "GET",
    path: "/plugins/:name/diff",
    permission: "read",
    summary: "what callers notice between two versions",
    query: { once: ["from", "to"] },
    handler: diff,
  },
];

async function files(c: Context, { registry, downloads }: Services, { plugin }: Asked): Promise<Response> {
  const digest = c.req.param("digest")!;
  const query = queryOf(c.req.url);
  using _turn = await downloads.enter(c.req.raw.signal);
  const all = await registry.files(plugin, digest);
  const after = query.get("after");
  const from = after === null ? 0 : all.findIndex(({ path }) => path === after) + 1;
  const listed = all.slice(from, from + Math.min(integer(query, "limit") ?? maxFiles, maxFiles));
  const more = from + listed.length < all.length;
  return json({
    ...{ plugin, version: digest, count: all.length },
    files: listed,
    ...(more && { next: listed.at(-1)!.path }),
  } satisfies FilesAnswer);
}

async function deployments(c: Context, { registry }: Services, { plugin }: Asked): Promise<Response> {
  const query = queryOf(c.req.url);
  const before = integer(query, "before");
  const limit = integer(query, "limit");
  const page = { ...(before !== undefined && { before }), ...(limit !== undefined && { limit }) };
  return json({ plugin, deployments: await registry.deployments(plugin, page) } satisfies DeploymentsAnswer);
}

async function diff(c: Context, { registry, downloads }: Services, { plugin }: Asked): Promise<Response> {
  const query = queryOf(c.req.url);
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
  const changes = await registry.diff(plugin, from, to);
  const files = diffTrees(await registry.files(plugin, from), await registry.files(plugin, to));
  return json({ plugin, from, to, changes, ...(files && { files }) } satisfies DiffAnswer);
}
