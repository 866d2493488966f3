/** Calls of plugin functions: JSON in, JSON out. The path every request of a client takes, so it is kept lean. */

import type { Context } from "hono";
import { type CallContext, unlessLeft } from "../../engine/call-context.ts";
import { ComponentError, HotcellError } from "../../errors.ts";
import type { HeapAccount } from "../../platform/heap-account.ts";
import type { Callable } from "../../registry/api.ts";
import { cheapFuel } from "../../registry/traffic/thread-time.ts";
import { beginning } from "../../text/cut.ts";
import { withJsonPayload } from "../../wit/json/json-call.ts";
import { maxJson } from "../../wit/json/json-encode.ts";
import type { JsonFunction } from "../../wit/json/json-function.ts";
import type { ArgumentRoom } from "../../wit/values/argument-room.ts";
import { vouchFor } from "../../wit/values/values.ts";
import { methodNotAllowed } from "../answer/problem.ts";
import { noContent, resultJson } from "../answer/respond.ts";
import { mediaType, readBody, requireUtf8 } from "../body/body.ts";
import type { BodyHold } from "../body/body-budget.ts";
import { withJson } from "../body/json-text.ts";
import type { Services } from "../services.ts";
import { queryOf } from "./query.ts";
import type { Asked, Route } from "./route.ts";

/** Bytes that V8 may make of the text of arguments, for each that they may weigh then: they are there for a moment only. */
const parsedPerRoom = 2;

/** An answer is at most such a part of what the host's account has: while it is made, it is there several times. */
const answersPerHeap = 8;
/** Bytes of a body beyond which what it becomes takes long enough to be done apart from the call. */
const smallBody = 64 * 1024;

const path = "/call/:name/:function{.+}";

export const callRoutes: readonly Route[] = [
  {
    method: "POST",
    path,
    permission: "call",
    summary: "JSON array or object of arguments → JSON",
    handler: callWithBody,
  },
  {
    method: "GET",
    path,
    permission: "call",
    summary: "the same for scalar parameters",
    head: false,
    handler: callWithQuery,
  },
];

async function callWithBody(c: Context, services: Services, { plugin }: Asked): Promise<Response> {
  const { registry, bodies, heap } = services;
  const request = c.req.raw;
  if (request.url.includes("?")) refuseQuery(request.url);
  const hold = bodies.hold();
  let room: ArgumentRoom | undefined;
  // Not `using`, which takes V8 a microsecond a call.
  try {
    const body = await readArguments(request, services, hold, c.env);
    // Looked up after the body is here: whoever starts after a swap gets the new version.
    const found = registry.callable(plugin, c.req.param("function")!);
    const callable = found instanceof Promise ? await unlessLeft(wishesOf(request), plugin, found) : found;
    callable.requireArgumentBytes(body.byteLength);
    room = callable.argumentRoom(heap);
    const taken = room;
    const take = () => argumentsFrom(body, callable.json, taken);
    const args = body.byteLength > smallBody ? await callable.whenFree("large", take) : take();
    hold.release();
    return await call(callable, vouchFor(callable.type, args), maxAnswer(heap), request);
  } finally {
    hold.release();
    room?.release();
  }
}

async function callWithQuery(c: Context, services: Services, { plugin }: Asked): Promise<Response> {
  const { registry, access, heap } = services;
  const request = c.req.raw;
  access.refuseCrossSite(request.headers);
  // Whoever asks about a call, such as a link checker, does not make it.
  if (request.method === "HEAD") throw methodNotAllowed("HEAD", c.req.path, ["GET", "POST"]);
  const found = registry.callable(plugin, c.req.param("function")!);
  const callable = found instanceof Promise ? await unlessLeft(wishesOf(request), plugin, found) : found;
  const room = callable.argumentRoom(heap);
  try {
    const args = callable.json.argumentsFromQuery(queryOf(request.url), room);
    return await call(callable, vouchFor(callable.type, args), maxAnswer(heap), request);
  } finally {
    room.release();
  }
}

/** Characters of an answer. */
function maxAnswer({ limit }: HeapAccount): number {
  return Math.min(maxJson, Math.floor(limit / answersPerHeap));
}

/** Arguments that come in two ways would have to be put together, and what is meant for an upload does nothing here. */
function refuseQuery(url: string): void {
  for (const name of queryOf(url).keys()) {
    const shown = beginning(name, 100);
    throw new HotcellError(
      "bad-request",
      `POST takes no query parameters, and ${JSON.stringify(shown)} came.`,
      {
        subject: shown,
        expected: "the arguments as JSON in the body",
        remedy: "Send the arguments in the body, or call with GET, which takes them as query parameters.",
      },
    );
  }
}

function argumentsFrom(body: Uint8Array, json: JsonFunction, room: ArgumentRoom): unknown[] {
  const { limit, refuse, heap } = room.options;
  const bounds = { limit: parsedPerRoom * limit, refuse, heap };
  return withJson(body, "The body", bounds, (value) => json.arguments(value, room));
}

/** `max`: characters of the answer. */
async function call(
  callable: Callable,
  args: readonly unknown[],
  max: number,
  request: Request,
): Promise<Response> {
  const context: CallContext = { fuel: 0, signal: () => request.signal };
  try {
    const result = await callable.call(args, context);
    const answer = () => answerTo(callable, result, context.fuel, max);
    return isSmall(context) ? answer() : await callable.whenFree("last", answer);
  } catch (error) {
    if (!(error instanceof ComponentError)) throw error;
    const answer = () => withJsonPayload(error, callable.json);
    throw isSmall(context) ? answer() : await callable.whenFree("last", answer);
  }
}

/** A client wants its call until it leaves. The signal for that costs more than a small call does to make. */
function wishesOf(request: Request): Pick<CallContext, "signal"> {
  return { signal: () => request.signal };
}

/** True for a call that is known to have used little; nothing is known where nobody counts. */
function isSmall({ fuel }: CallContext): boolean {
  return fuel > 0 && fuel < cheapFuel;
}

function answerTo(callable: Callable, result: unknown, fuel: number, max: number): Response {
  const answer = jsonOf(callable, result, max);
  const headers = fuel > 0 ? { "hotcell-fuel": `${fuel}` } : undefined;
  return answer === undefined ? noContent(headers) : resultJson(answer, headers);
}

function jsonOf({ json, unanswerable }: Callable, result: unknown, max: number): unknown {
  try {
    return json.result(result, max);
  } catch (thrown) {
    throw unanswerable(thrown);
  }
}

/** The arguments, as JSON or nothing. Throws `unsupported-media-type` for any other type than JSON. */
async function readArguments(
  request: Request,
  { access, limits, inflater }: Services,
  hold: BodyHold,
  bindings: unknown,
): Promise<Uint8Array<ArrayBuffer>> {
  const type = request.headers.get("content-type");
  if (type === "application/json" || mediaType(request) === "application/json") {
    if (type !== "application/json") requireUtf8(type ?? "", "The body");
    return readBody(request, limits.json, { inflater, ceiling: "argumentBytes", hold, bindings });
  }
  // Browsers send such requests across sites without asking; a JSON body they don't.
  access.refuseCrossSite(request.headers);
  if (type === null) {
    const body = await readBody(request, limits.json, { inflater, ceiling: "argumentBytes", hold, bindings });
    if (body.byteLength === 0) return body;
  }
  throw new HotcellError("unsupported-media-type", "Arguments are taken as JSON only.", {
    actual: type?.slice(0, 255) ?? "no Content-Type",
    expected: "application/json",
    remedy: `curl -H "Content-Type: application/json" -d '[…]' ${request.url}`,
  });
}
