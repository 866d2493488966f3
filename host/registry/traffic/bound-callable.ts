/** Callable of a running version: a function as callers get it, with the bounds on what they may send. */
import type { Json } from "../../capabilities/secret.ts";
import { unlessCallerLeft } from "../../engine/call-context.ts";
import { HotcellError, orRaise } from "../../errors.ts";
import { callWithin } from "../../placement/call-options.ts";
import type { Placement } from "../../placement/placement.ts";
import type { ExportedFunction } from "../../wit/exports.ts";
import { callWithJson } from "../../wit/json/json-call.ts";
import type { JsonTypes } from "../../wit/json/json-function.ts";
import { ArgumentRoom } from "../../wit/values/argument-room.ts";
import type { Callable } from "../api.ts";
import type { VersionCalls } from "./version-calls.ts";

/** Bytes that arguments may become for each that `limits.argumentBytes` lets them be long: as weighed. */
const roomPerByte = 2;
/** Bytes that they may become however short they have to be. */
const minRoom = 64 * 1024;

/** `json` knows the version's types. */
export function bindCallable(
  { key, type }: ExportedFunction,
  placement: Placement,
  calls: VersionCalls,
  jsonTypes: JsonTypes,
): Callable {
  const called = calls.bind(key, type, placement.bind(key, type));
  const json = jsonTypes.function(type);
  const refuse = (actual: number, max: number) =>
    argumentsTooLarge(
      calls,
      key,
      `The arguments of ${key} become ${actual} bytes or more, and may become ${max}.`,
      max,
      actual,
    );
  // Looked up each time: it may change while the version runs.
  const roomNow = () => Math.max(minRoom, roomPerByte * calls.limits.argumentBytes);
  const argumentRoom: Callable["argumentRoom"] = (heap) => {
    const limit = roomNow();
    return new ArgumentRoom({ limit, refuse, heap });
  };
  const callSoon: Callable["callSoon"] = (args, context) => {
    // Who gives a signal itself hears at once; over HTTP there is nobody to hear, and what the call holds is held to its end.
    if (typeof context?.signal !== "object") return calls.run(called, args, context);
    const run = () => calls.run(called, args, context);
    return unlessCallerLeft(context, key, run, (left) => calls.named(key, left));
  };
  const call: Callable["call"] = async (args, context) => callSoon(args, context);
  return {
    name: key,
    type,
    json,
    unanswerable: (error) => (error instanceof HotcellError ? calls.refused(key, error) : error),
    requireArgumentBytes(bytes) {
      const limit = calls.limits.argumentBytes;
      if (bytes <= limit) return;
      const detail = `The arguments of ${key} are ${bytes} bytes long, and may be ${limit}.`;
      throw argumentsTooLarge(calls, key, detail, limit, bytes);
    },
    argumentRoom,
    requireArgumentWeight(weight) {
      if (weight > minRoom && weight > roomNow()) throw refuse(weight, roomNow());
    },
    call,
    callSoon,
    callJson: (args, options) =>
      callWithin(`callJson of ${key}`, key, options, (context) =>
        callWithJson(json, args, (given) => call(given, context), argumentRoom()),
      ) as Promise<Json>,
    whenFree: (piece, work) => calls.whenFree(piece, work),
  };
}

function argumentsTooLarge(
  calls: VersionCalls,
  key: string,
  detail: string,
  limit: number,
  actual: number,
): HotcellError {
  return calls.refused(
    key,
    new HotcellError("argument-too-large", detail, {
      subject: "limits.argumentBytes",
      setting: "limits.argumentBytes",
      limit,
      actual,
      ...orRaise("Send less at a time", ["argumentBytes"], "the plugin's settings"),
    }),
  );
}
