/** Arguments of calls, from the bodies of requests. */

import { HotcellError } from "../../../errors.ts";
import { after, type Soon } from "../../../platform/soon.ts";
import { beginning } from "../../../text/cut.ts";
import type { JsonFunction } from "../../../wit/json/json-function.ts";
import type { ArgumentRoom } from "../../../wit/values/argument-room.ts";
import { bytesType, linesType } from "../../answer/respond.ts";
import { mediaType, readBody, requireUtf8 } from "../../body/body.ts";
import type { BodyHold } from "../../body/body-budget.ts";
import { withJson } from "../../body/json-text.ts";
import type { Services } from "../../services.ts";
import { queryOf } from "../query.ts";
import type { CallRequest } from "./call-request.ts";

/** Bytes that V8 may make of the text of arguments, for each that they may weigh then: they are there for a moment only. */
const parsedPerRoom = 2;

/** Form that arguments come in: JSON or nothing, or the bytes of one parameter, with the others in the query; or JSON for a call a line. */
export type ArgumentForm = "json" | "bytes" | "lines";

/** Form that a request says its arguments are in. */
export function argumentForm(request: CallRequest): ArgumentForm {
  const type = request.headers.get("content-type");
  if (type === "application/json" || type === null) return "json";
  switch (mediaType(request)) {
    case bytesType:
      return "bytes";
    case linesType:
      requireUtf8(type, "The body");
      return "lines";
  }
  return "json";
}

/** The arguments' bytes. Throws `unsupported-media-type` for any other type than JSON and bytes. */
export function readArguments(
  request: CallRequest,
  form: Exclude<ArgumentForm, "lines">,
  { access, limits, inflater }: Services,
  hold: BodyHold,
): Soon<Uint8Array<ArrayBuffer>> {
  const read = () => readBody(request, limits.json, { inflater, ceiling: "argumentBytes", hold });
  const type = request.headers.get("content-type");
  if (type === "application/json" || mediaType(request) === "application/json") {
    if (type !== "application/json") requireUtf8(type ?? "", "The body");
    return read();
  }
  // Browsers send such requests across sites without asking; a JSON body they don't.
  access.refuseCrossSite(request.headers);
  if (form === "bytes") return read();
  if (type !== null) throw notJson(request, type);
  return after(read(), (body) => {
    if (body.byteLength > 0) throw notJson(request, "no Content-Type");
    return body;
  });
}

function notJson({ href }: CallRequest, type: string): HotcellError {
  return new HotcellError(
    "unsupported-media-type",
    "Arguments are taken as JSON, of many calls a line each, and a list<u8> as bytes.",
    {
      actual: type.slice(0, 255),
      expected: `application/json, ${bytesType}, ${linesType}`,
      remedy: `curl -H "Content-Type: application/json" -d '[…]' ${href}`,
    },
  );
}

/** Values in the JS mapping, valid for the function's parameters. */
export function argumentsFrom(
  body: Uint8Array,
  json: JsonFunction,
  room: ArgumentRoom,
  what = "The body",
): unknown[] {
  const { limit, refuse, heap } = room.options;
  const bounds = { limit: parsedPerRoom * limit, refuse, heap };
  return withJson(body, what, bounds, (value) => json.arguments(value, room));
}

/** Arguments that come in two ways would have to be put together, and what is meant for an upload does nothing here. */
export function refuseQuery(url: string): void {
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
