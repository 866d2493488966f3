/** Routes of the console: files that anybody may have, and that know nothing. What they show they ask the API for. */

import type { Context } from "hono";
import { consoleHeaders } from "../../../console/console.ts";
import type { ConsoleFile, ConsoleFiles } from "../../../console/console-file.ts";
import { HotcellError } from "../../../errors.ts";
import { beginning } from "../../../text/cut.ts";
import { common } from "../../answer/respond.ts";
import type { Services } from "../../services.ts";
import type { Route } from "../route.ts";

export const consoleRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/console",
    permission: "health",
    summary: "leads to the console",
    query: {},
    gives: "text/html",
    handler: (_, services) => {
      requireConsole(services);
      // Relative: the host may be mounted below some path, or behind a proxy.
      return new Response(null, { status: 308, headers: { ...common, location: "console/" } });
    },
  },
  {
    method: "GET",
    path: "/console/",
    permission: "health",
    summary: "the console, a page that shows and changes what this API does",
    gives: "text/html",
    handler: (c, services) => answerFile(c, services, ""),
  },
  {
    method: "GET",
    path: "/console/:file{.+}",
    permission: "health",
    summary: "a file of that page",
    query: {},
    gives: "text/javascript",
    handler: (c, services) => answerFile(c, services, c.req.param("file")!),
  },
];

function requireConsole({ consoleFiles }: Services): ConsoleFiles {
  if (consoleFiles) return consoleFiles;
  throw new HotcellError("route-not-found", "This host has no console.", {
    subject: "/console/",
    remedy:
      "Use the command line (hotcell --help), or have the host started without HOTCELL_CONSOLE=false and --no-console; an app, without { console: false } for its routes.",
  });
}

async function answerFile(c: Context, services: Services, path: string): Promise<Response> {
  const file = await requireConsole(services).file(path);
  if (!file) {
    throw new HotcellError(
      "route-not-found",
      `The console has no file ${JSON.stringify(beginning(path, 80))}.`,
      {
        subject: beginning(path, 80),
        remedy: "Open the console itself: GET /console/.",
      },
    );
  }
  const { coding, bytes } = coded(file, c.req.header("accept-encoding") ?? "");
  const etag = `"${file.digest}${coding === undefined ? "" : `-${coding}`}"`;
  const headers = {
    ...common,
    ...consoleHeaders,
    "content-type": file.type,
    "cache-control": "no-cache",
    vary: "accept-encoding",
    etag,
  };
  if (matches(c.req.header("if-none-match"), etag)) return new Response(null, { status: 304, headers });
  return new Response(bytes as Uint8Array<ArrayBuffer>, {
    headers: { ...headers, ...(coding !== undefined && { "content-encoding": coding }) },
  });
}

/** Bytes in the best coding that is there and taken. */
function coded(
  { bytes, brotli, gzip }: ConsoleFile,
  accepted: string,
): { coding?: string; bytes: Uint8Array } {
  const takes = (coding: string) =>
    new RegExp(`(?:^|[,\\s])${coding}(?!\\s*;\\s*q=0(?:\\.0*)?\\s*(?:,|$))(?:[,;\\s]|$)`, "i").test(accepted);
  if (brotli && takes("br")) return { coding: "br", bytes: brotli };
  if (gzip && takes("gzip")) return { coding: "gzip", bytes: gzip };
  return { bytes };
}

/** RFC 9110, section 13.1.2: compared weakly. */
function matches(given: string | undefined, etag: string): boolean {
  return (
    given?.split(",").some((each) => each.trim().replace(/^W\//, "") === etag || each.trim() === "*") ?? false
  );
}
