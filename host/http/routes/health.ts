/** Routes for load balancers and supervisors. */

import type { Context } from "hono";
import type { HealthAnswer } from "../../console/answers/host-answers.ts";
import { asHotcellError, HotcellError } from "../../errors.ts";
import { within } from "../../platform/within.ts";
import { isShared } from "../../store/given-store.ts";
import { cutText } from "../../text/cut.ts";
import { json } from "../answer/respond.ts";
import type { Services } from "../services.ts";
import type { WholeState } from "../told-figures.ts";
import { flag, queryOf } from "./query.ts";
import type { Route } from "./route.ts";

/** Damaged plugins that are named, characters of what is said of each, and milliseconds that the store has for an answer. */
const [maxNamed, maxSaid, storeTime] = [20, 500, 1_000];

export const healthRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/healthz",
    permission: "health",
    summary: "the host runs",
    handler: () => json({ status: "ok" }),
  },
  {
    method: "GET",
    path: "/readyz",
    permission: "health",
    summary: "the host takes work",
    handler: (c, services) => {
      const { ready, registry } = services;
      if (flag(queryOf(c.req.url), "verbose")) return verbose(c, services);
      if (!ready())
        throw new HotcellError("closed", "The host is not ready for work.", { remedy: "Try again later." });
      return json({ status: "ready", ...(registry.damaged > 0 && { damaged: registry.damaged }) });
    },
  },
];

/** Details, for who may read; of who may see some plugins only, those of them that are damaged or behind. */
async function verbose(c: Context, services: Services): Promise<Response> {
  const { access, registry, figures, ready, store } = services;
  const identity = access.check("metrics", c.req.raw.headers, undefined, c.env);
  const { plugins: seen } = identity;
  const all = registry.damaged === 0 ? [] : registry.list().filter(({ damaged }) => damaged !== undefined);
  const damaged = all.filter(({ name }) => seen?.has(name) ?? true);
  const late = registry.behind === 0 ? [] : registry.list().filter(({ behind }) => behind !== undefined);
  const behind = late.filter(({ name }) => seen?.has(name) ?? true);
  const answers = await storeState(store);
  const state = seen === undefined ? await figures.state?.() : undefined;
  const newer = seen === undefined && isShared(store) ? (store.newer ?? []) : [];
  const isReady = ready();
  const body = {
    status: isReady ? "ready" : "not-ready",
    damaged: damaged.slice(0, maxNamed).map(({ name, damaged }) => ({
      plugin: name,
      code: damaged!.code,
      detail: cutText(damaged!.detail, maxSaid),
    })),
    ...(damaged.length > maxNamed && { moreDamaged: damaged.length - maxNamed }),
    ...(behind.length > 0 && {
      behind: behind.slice(0, maxNamed).map(({ name, behind }) => ({
        plugin: name,
        ...behind!,
        detail: cutText(behind!.detail, maxSaid),
      })),
    }),
    ...(behind.length > maxNamed && { moreBehind: behind.length - maxNamed }),
    store: answers,
    ...(newer.length > 0 && { newer: newer.slice(0, maxNamed) }),
    ...(state && told(state)),
  };
  return json(body satisfies HealthAnswer, isReady ? 200 : 503);
}

function told(state: WholeState) {
  const { versions, uptime, plugins, delay, cells, hosts, cellMemory, processMemory, heap, workers } = state;
  const room = (of: WholeState["heap"]) => of && { inUse: of.inUse, limit: of.limit };
  return {
    versions,
    ...(hosts && hosts.size > 1 && { skew: Object.fromEntries(hosts) }),
    uptime,
    plugins,
    cells,
    memory: { cells: room(cellMemory), processes: room(processMemory), heap: room(heap) },
    eventLoopDelay: delay,
    ...(workers && { workers }),
  };
}

/** Answer of the store to a small question, within a time: one whose disk stands still gives none. */
async function storeState(store: Services["store"]) {
  const began = performance.now();
  const asked = store.events({ limit: 1 }).then(
    () => undefined,
    (error: unknown) => cutText(asHotcellError(error).message, maxSaid),
  );
  const isInTime = await within(asked, storeTime);
  const detail = isInTime ? await asked : "It has not answered for a second.";
  const ms = Math.round((performance.now() - began) * 1_000) / 1_000;
  return { answers: detail === undefined, ms, ...(detail !== undefined && { detail }) };
}
