/** Functions of `wasi:http/types` that may be called in an attempt. */
import type { HostRepeats } from "../../engine/engine.ts";
import { httpPrices } from "./http-prices.ts";
import type { ResponseOutparam } from "./incoming-messages.ts";

type Answer = Parameters<ResponseOutparam["holds"]>[0];

/**
 * Resources that are nothing but objects of the cell's. What a request has is read there too: one with a body is not answered in an
 * attempt.
 */
const objects = ["fields", "incoming-request", "incoming-body", "future-trailers", "outgoing-response"];

const harmless = Object.keys(httpPrices).filter((name) =>
  objects.includes(/\](.*?)(?:\.|$)/.exec(name)?.[1] ?? ""),
);

export const httpRepeats: HostRepeats[string] = {
  ...Object.fromEntries(harmless.map((name) => [name, true])),
  "[method]outgoing-body.write": true,
  // Trailers make the body go in chunks, of which the first is sent before them.
  "[static]outgoing-body.finish": (_body: unknown, trailers: unknown) => trailers === undefined,
  "[static]response-outparam.set": (out: ResponseOutparam, answer: Answer) => out.holds(answer),
};
