/** Figures of what a host does: for programs that scrape them, such as Prometheus, and for charts. */
import type { Context } from "hono";
import type { SeriesAnswer } from "../../../console/answers/host-answers.ts";
import { HotcellError } from "../../../errors.ts";
import { type MetricsFormat, metricsTypes } from "../../../observe/exposition.ts";
import { ranges, type SeriesRange } from "../../../observe/time-series.ts";
import { checkName, pluginNotFound } from "../../../registry/plugin-names.ts";
import { beginning } from "../../../text/cut.ts";
import { common, json } from "../../answer/respond.ts";
import type { Services } from "../../services.ts";
import { integer, queryOf } from "../query.ts";
import type { Asked, Route } from "../route.ts";

export const metricsRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/metrics",
    permission: "metrics",
    summary: "figures of calls, plugins and the host, for Prometheus",
    query: {},
    gives: "text/plain",
    handler: metrics,
  },
  {
    method: "GET",
    path: "/series",
    permission: "series",
    summary: "calls, errors, times, fuel, cells and memory of the last hour or day, in columns",
    query: { once: ["plugin", "range", "after"] },
    handler: series,
  },
];

/** Whoever is good for some plugins alone is told of those, and not of the host. */
async function metrics(c: Context, services: Services, { identity: { plugins } }: Asked): Promise<Response> {
  const format: MetricsFormat = /\bapplication\/openmetrics-text\b/i.test(c.req.header("accept") ?? "")
    ? "openmetrics"
    : "prometheus";
  const headers = { ...common, "content-type": metricsTypes[format], vary: "accept" };
  if (c.req.raw.method === "HEAD") return new Response(null, { headers });
  const text = shown(services.figures.text)(format, plugins && ((name) => plugins.has(name)));
  // What refuses it is told, and no stream cut off.
  const { value: first = "" } = await text.next();
  return new Response(streamOf(first, text), { headers });
}

async function series(c: Context, services: Services): Promise<Response> {
  const told = shown(services.figures.series);
  const query = queryOf(c.req.url);
  const plugin = query.get("plugin") ?? undefined;
  if (plugin !== undefined) {
    checkName(plugin);
    if (services.registry.revision(plugin) === undefined) throw pluginNotFound(plugin);
  }
  const range = query.get("range") ?? "hour";
  if (!isRange(range)) {
    throw new HotcellError("bad-request", `?range is ${JSON.stringify(beginning(range, 100))}.`, {
      subject: "range",
      actual: beginning(range, 100),
      expected: Object.keys(ranges).join(" or "),
      remedy: "Ask for the last hour in steps of 5 s, or the last day in steps of 5 min.",
    });
  }
  return json((await told(plugin, range, integer(query, "after", 0))) satisfies SeriesAnswer);
}

function isRange(text: string): text is SeriesRange {
  return Object.hasOwn(ranges, text);
}

function shown<Shown>(figures: Shown | undefined): Shown {
  if (figures) return figures;
  throw new HotcellError("route-not-found", "This host shows no metrics.", {
    subject: "/metrics",
    remedy: "Give the app the metrics of the host that createHost made.",
  });
}

/** Text in pieces that are made as the client takes them: nothing waits for whoever is slow. */
function streamOf(first: string, pieces: AsyncGenerator<string>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream({
    start(controller) {
      controller.enqueue(encoder.encode(first));
    },
    async pull(controller) {
      const { value, done } = await pieces.next();
      if (done) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
    async cancel() {
      await pieces.return(undefined);
    },
  });
}
