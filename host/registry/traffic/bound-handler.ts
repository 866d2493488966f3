/** Handler of a running version, as whoever serves gets it. */
import type { HttpExchange } from "../../capabilities/http/http-exchange.ts";
import { unlessCallerLeft } from "../../engine/call-context.ts";
import { HotcellError } from "../../errors.ts";
import type { Bound, Placement } from "../../placement/placement.ts";
import type { Soon } from "../../platform/soon.ts";
import { beginning } from "../../text/cut.ts";
import type { ExportedFunction } from "../../wit/exports.ts";
import type { Handler } from "../api.ts";
import type { HandOn, VersionCalls } from "./version-calls.ts";

export function bindHandler(
  plugin: string,
  { key, type }: ExportedFunction,
  placement: Placement,
  calls: VersionCalls,
): Handler {
  const answer = placement.bindHandler(key);
  const bound: Bound = ([exchange], context) => answer(exchange as HttpExchange, context);
  const called = calls.bind(key, type, bound);
  const handleSoon: Handler["handleSoon"] = (exchange, context) => {
    // See `bindCallable`.
    if (typeof context?.signal !== "object")
      return calls.run(called, [exchange], context, handOn, true) as Soon<void>;
    const run = () => calls.run(called, [exchange], context, handOn, true) as Soon<void>;
    return unlessCallerLeft(context, key, run, (left) => calls.named(key, left));
  };
  return {
    plugin,
    get limits() {
      return calls.limits;
    },
    handle: async (exchange, context) => handleSoon(exchange, context),
    handleSoon,
    putOff: (work) => calls.putOff(work),
  };
}

const handOn: HandOn = (to, _key, [exchange], context) =>
  to.handler().handleSoon(exchange as HttpExchange, context);

/** Refusal of a request to a plugin that answers none. */
export function noHandler(plugin: string): HotcellError {
  return new HotcellError(
    "no-handler",
    `${plugin} exports no wasi:http/incoming-handler, and so serves no HTTP.`,
    {
      subject: plugin,
      remedy: `Call its functions: POST /call/${plugin}/…, or upload a version that exports the handler.`,
    },
  );
}

/** Refusal of a call to a plugin that has nothing to call, and answers requests. */
export function onlyHandler(plugin: string, path: string): HotcellError {
  return new HotcellError(
    "function-not-found",
    `The live version of ${plugin} exports no function ${JSON.stringify(beginning(path, 100))}: it serves HTTP itself.`,
    {
      subject: path,
      remedy: `Ask it for a page or a path of its own: GET /http/${plugin}/.`,
      extra: { plugin, near: [], functions: [] },
    },
  );
}
