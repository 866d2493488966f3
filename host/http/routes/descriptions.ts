/** Routes that describe the API and what plugins answer, for programs. */

import { setImmediate as nextTurn } from "node:timers/promises";
import type { Context } from "hono";
import { PluginPatterns } from "../../access/plugin-patterns.ts";
import { permissions } from "../../access/scopes.ts";
import { describeBounds } from "../../bounds/describe-bounds.ts";
import { isHandler } from "../../capabilities/http/incoming-handler.ts";
import { OpenApiWriter } from "../../describe/openapi/openapi.ts";
import {
  type DescribedPart,
  type DescribedPlugin,
  describeContract,
  describePlugin,
} from "../../describe/openapi/plugin-operations.ts";
import type { DescribedRoute } from "../../describe/openapi/route-operations.ts";
import { docsPage } from "../../describe/pages/docs-page.ts";
import { errorPage, errorsPage } from "../../describe/pages/error-pages.ts";
import { pagePolicy } from "../../describe/pages/html.ts";
import { isDriven } from "../../drive/http-handler.ts";
import { HotcellError } from "../../errors.ts";
import type { HeapAccount } from "../../platform/heap-account.ts";
import type { ContractSummary } from "../../registry/contracts/contracts.ts";
import { pluginNotFound } from "../../registry/plugin-names.ts";
import type { PluginSummary } from "../../registry/told-plugins.ts";
import { beginning } from "../../text/cut.ts";
import type { JsonObject } from "../../text/json-value.ts";
import { exportedFunctions } from "../../wit/exports.ts";
import { common, json } from "../answer/respond.ts";
import type { Services } from "../services.ts";
import { askedPlugins } from "./asked-plugins.ts";
import { heapPerCharacter } from "./described-plugins.ts";
import { may, mayCall } from "./may-call.ts";
import { flag, queryOf } from "./query.ts";
import { ifReadable } from "./readable.ts";
import { type Asked, type Route, writtenPath } from "./route.ts";

/** `table`: all routes of the API, these too. */
export function descriptionRoutes(table: () => readonly Route[]): readonly Route[] {
  return [
    {
      method: "GET",
      path: "/openapi.json",
      permission: "describe",
      summary: "an OpenAPI 3.1 document of the API and of what plugins answer",
      query: { once: ["host"], often: ["plugin"] },
      handler: async (c, services, asked) => {
        const body = await document(c, services, asked, table(), "/openapi.json");
        return json(body as Parameters<typeof json>[0]);
      },
    },
    {
      method: "GET",
      path: "/docs",
      permission: "describe",
      summary: "the same for people, as a page",
      query: { once: ["host"], often: ["plugin"] },
      gives: "text/html",
      handler: async (c, services, asked) => {
        const described = await document(c, services, asked, table(), "/docs");
        const { origin, pathname } = new URL(c.req.url);
        const base = services.publicUrl ?? origin + pathname.slice(0, -"/docs".length);
        return htmlPage(docsPage(described, base));
      },
    },
    {
      method: "GET",
      path: "/docs/errors",
      permission: "health",
      summary: "all errors, as a page",
      query: {},
      gives: "text/html",
      handler: () => htmlPage(errorsPage()),
    },
    {
      method: "GET",
      path: "/docs/errors/:code",
      permission: "health",
      summary: "an error, as a page",
      query: {},
      gives: "text/html",
      handler: (c, { publicUrl }) => {
        const code = c.req.param("code")!;
        const text = errorPage(code, publicUrl);
        if (text !== undefined) return htmlPage(text);
        throw new HotcellError(
          "route-not-found",
          `There is no error ${JSON.stringify(beginning(code, 80))}.`,
          {
            subject: beginning(code, 80),
            remedy: "GET /docs/errors lists all.",
          },
        );
      },
    },
  ];
}

async function document(
  c: Context,
  services: Services,
  { identity }: Asked,
  table: readonly Route[],
  own: string,
): Promise<JsonObject> {
  const { registry, downloads } = services;
  const query = queryOf(c.req.url);
  const asked = query.getAll("plugin");
  const wanted = asked.length > 0 ? askedParts(asked) : undefined;
  const live = registry
    .list()
    .filter(
      ({ name, damaged }) =>
        !damaged && (wanted?.plugins.has(name) ?? true) && (identity.plugins?.has(name) ?? true),
    );
  const names = new Set(live.map(({ name }) => name));
  for (const name of asked) if (!/[*@]/.test(name) && !names.has(name)) throw pluginNotFound(name);
  const contracts = registry.contracts
    .list()
    .filter(
      ({ name, users }) =>
        (wanted?.contracts.has(name) ?? true) && users.every((user) => identity.plugins?.has(user) ?? true),
    );
  for (const name of asked) {
    if (name.startsWith("@") && !name.includes("*") && !contracts.some((each) => `@${each.name}` === name))
      registry.contracts.summary(name.slice(1));
  }
  // Who asks for plugins is told of the host's own API only if it says so.
  const withHost = query.has("host") ? flag(query, "host") : asked.length === 0;
  const routes = withHost
    ? table.map((route) => describedRoute(c, services, route)).flatMap((one) => one ?? [])
    : [];
  using _turn = await downloads.enter(c.req.raw.signal);
  using room = new DocumentRoom(services.heap);
  const writer = new OpenApiWriter();
  let added = 0;
  const parts = [
    ...live.map((plugin) => () => ifReadable(() => describedPart(c, services, plugin))),
    ...contracts.map((contract) => () => hookPart(c, services, contract)),
  ];
  for (const describe of parts.slice(0, describeBounds.plugins.value)) {
    if (writer.characters > describeBounds.documentSchemas.value) break;
    const part = await describe();
    if (!part) continue;
    writer.add(part);
    added++;
    room.draw(writer.characters);
    // Types may be large: others get on in between.
    await nextTurn();
    if (c.req.raw.signal.aborted) break;
  }
  const left = parts.length - added;
  const { pathname } = new URL(c.req.url);
  return writer.finish({
    server: pathname.slice(0, -own.length),
    version: "1",
    routes,
    ...(left > 0 && {
      note: `${left} more plugins and contracts are left out: ask for them by ?plugin=NAME, and ?plugin=@CONTRACT.`,
    }),
  });
}

/** Plugins, and contracts with a sign before them, by names and patterns. */
function askedParts(asked: readonly string[]): Readonly<Record<"plugins" | "contracts", PluginPatterns>> {
  const { true: contracts = [], false: plugins = [] } = Object.groupBy(
    asked,
    (name) => String(name.startsWith("@")) as "true" | "false",
  );
  const patterns = (names: readonly string[]) =>
    new PluginPatterns(askedPlugins(new URLSearchParams(names.map((name) => ["plugin", name])), "plugin"));
  return { plugins: patterns(plugins), contracts: patterns(contracts.map((name) => name.slice(1))) };
}

/** Heap that a document takes while it is made, given back when it is there. */
class DocumentRoom {
  readonly #heap: HeapAccount;
  #taken = 0;

  constructor(heap: HeapAccount) {
    this.#heap = heap;
  }

  /** Takes what so many characters need, with what is there already. Throws `no-capacity`. */
  draw(characters: number): void {
    const more = heapPerCharacter * characters - this.#taken;
    this.#heap.take(more, "a description of plugins");
    this.#taken += more;
  }

  [Symbol.dispose](): void {
    this.#heap.give(this.#taken);
  }
}

function htmlPage(text: string): Response {
  return new Response(text, {
    headers: { ...common, "content-type": "text/html; charset=utf-8", "content-security-policy": pagePolicy },
  });
}

/** Description of a plugin for who asks: the one that is kept, where nothing that it depends on has changed. */
async function describedPart(
  c: Context,
  services: Services,
  { name, revision, version, deployedAt }: PluginSummary,
): Promise<DescribedPart> {
  // What checks compare is what functions return: only who may call the plugin sees it.
  const seen = {
    mayCall: mayCall(services.access, c.req.raw.headers, name, c.env),
    isOpen: isOpen("call", c, services, name),
  };
  const stamp = JSON.stringify([revision, version, deployedAt, seen]);
  const kept = services.described.get(name, stamp);
  if (kept) return kept;
  const part = describePlugin(await describedPlugin(services, name, seen));
  // A version that went live meanwhile is described by it already.
  if (services.registry.revision(name) === revision) services.described.keep(name, stamp, part);
  return part;
}

/** Description of a contract's newest version, kept in the same way. Members that are asked may be of others. */
function hookPart(
  c: Context,
  services: Services,
  { name, version, digest, users }: ContractSummary,
): DescribedPart {
  const open = users.every((user) => isOpen("call", c, services, user));
  const stamp = JSON.stringify([version, digest, open]);
  const key = `@${name}`;
  const kept = services.described.get(key, stamp);
  if (kept) return kept;
  const { world } = services.registry.contracts.get(name);
  const part = describeContract({ name, world, isDriven, isOpen: open });
  services.described.keep(key, stamp, part);
  return part;
}

async function describedPlugin(
  { registry }: Services,
  name: string,
  seen: { readonly mayCall: boolean; readonly isOpen: boolean },
): Promise<DescribedPlugin> {
  const world = await registry.world(name);
  const { metadata, settings, checks } = registry.details(name, seen);
  const served = exportedFunctions(world).some(isHandler)
    ? [{ path: `/http/${name}/*` }, ...(settings.routes ?? [])]
    : [];
  return {
    name,
    world,
    isDriven,
    description: metadata?.description,
    isOpen: seen.isOpen,
    calls: checks?.calls ?? [],
    sites: served as DescribedPlugin["sites"],
  };
}

/** Undefined for a route that plugins answer: those are described with them. */
function describedRoute(c: Context, services: Services, route: Route): DescribedRoute | undefined {
  const { method, permission, summary, query = {}, takes = [], gives = "application/json" } = route;
  if (method === "ANY" || permission === "call") return undefined;
  const { enough } = permissions[permission];
  return {
    method,
    path: writtenPath(route),
    summary,
    once: query.once ?? [],
    often: query.often ?? [],
    takes,
    gives,
    scopes: enough.filter((scopes) => scopes.length > 0),
    isOpen: isOpen(permission, c, services),
  };
}

/** Whoever sends it without a token may do that. */
function isOpen(permission: Route["permission"], c: Context, { access }: Services, plugin = ""): boolean {
  const host = c.req.raw.headers.get("host");
  return may(permission, access, new Headers(host === null ? {} : { host }), plugin, c.env);
}
