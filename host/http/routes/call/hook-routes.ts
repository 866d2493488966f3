/** Calls of hooks over HTTP: all plugins of a contract asked the same, each answer by its plugin's name. */

import type { Context } from "hono";
import type { Identity } from "../../../access/identity.ts";
import { challengeFor } from "../../../access/scopes.ts";
import type { CallContext } from "../../../engine/call-context.ts";
import { HotcellError } from "../../../errors.ts";
import { LongWork } from "../../../platform/breath.ts";
import { caught } from "../../../platform/soon.ts";
import type { AskedHook, HookAnswer, HookedCallable, HookForm } from "../../../registry/hooks/hook.ts";
import { beginning } from "../../../text/cut.ts";
import { harmlessJson } from "../../../text/harmless.ts";
import type { ArgumentRoom } from "../../../wit/values/argument-room.ts";
import { vouchFor } from "../../../wit/values/values.ts";
import { type PlainAnswer, responseOf } from "../../answer/plain-answer.ts";
import { problemAnswer, problemBody } from "../../answer/problem.ts";
import { bytesType, linesType, resultHeaders } from "../../answer/respond.ts";
import { parseJson } from "../../body/json-text.ts";
import type { Services } from "../../services.ts";
import { tracedTeller, traceOfRequest } from "../../visits/request-trace.ts";
import { visitBeside } from "../../visits/visit.ts";
import { integer, queryOf } from "../query.ts";
import { takeQuota } from "../quota.ts";
import type { Asked, Route } from "../route.ts";
import { argumentForm, readArguments } from "./call-arguments.ts";
import { WebCallRequest } from "./call-request.ts";
import { idempotencyKey, keyedCall } from "./idempotency-key.ts";
import { smallBody } from "./make-call.ts";
import { type CallProgress, onceFor } from "./make-once.ts";

const modes = ["collect", "first", "chain"] as const;
type Mode = (typeof modes)[number];

/** Bytes of heap that V8 may take for one of JSON text. */
const parsedPerByte = 70;

export const hookRoutes: readonly Route[] = [
  {
    method: "POST",
    path: "/call/:contract{(?:@|%40)[^/]+}/:function{.+}",
    permission: "ask",
    summary: "a call of all plugins of a contract, answered by their names",
    query: { once: ["mode", "deadline"] },
    takes: ["application/json"],
    handler: answer,
  },
];

/** Progress of all members together. */
type HookProgress = { -readonly [Name in keyof CallProgress]: boolean };

/** Request for a call of a hook: what it asks, and whoever sends it. */
interface HookRequest {
  readonly c: Context;
  readonly services: Services;
  readonly identity: Identity;
  readonly request: WebCallRequest;
  readonly mode: Mode;
  readonly deadline: number | undefined;
  readonly args: unknown;
  /** Bytes that they came as. */
  readonly bytes: number;
}

async function answer(c: Context, services: Services, { identity }: Asked): Promise<Response> {
  const request = new WebCallRequest(c, c.req.param("contract")!, identity);
  visitBeside(c.env)?.isAbout(request.plugin, request.function);
  const query = queryOf(request.url);
  const mode = modeOf(query);
  const deadline = integer(query, "deadline");
  const key = idempotencyKey(request.headers);
  const form = argumentForm(request);
  if (form !== "json") throw jsonOnly(form);
  const hold = services.bodies.hold();
  try {
    const body = await readArguments(request, "json", services, hold);
    const args = parseJson(body, "The body");
    const bytes = body.byteLength;
    const keyed = key === undefined ? undefined : keyedCall(request, services, key, body);
    // Members may take as long as they like, and other bodies come meanwhile.
    hold.release();
    const asked = { c, services, identity, request, mode, deadline, args, bytes };
    const { caller } = request;
    const trace = traceOfRequest(request.headers, request.connection);
    if (keyed === undefined) {
      return responseOf(await ask(asked, { fuel: 0, signal: () => request.signal, caller, trace }));
    }
    // It goes on when its client has left: see `answerCall`.
    const progress = { began: false, ran: false };
    const make = () =>
      caught<PlainAnswer>(
        () => ask(asked, { fuel: 0, caller, trace }, progress),
        (thrown) => problemAnswer(thrown, tracedTeller(services, c.env, request.headers)),
      );
    return responseOf(await onceFor(services.kept, keyed, make, () => progress));
  } finally {
    hold.release();
  }
}

async function ask(asked: HookRequest, context: CallContext, progress?: HookProgress): Promise<PlainAnswer> {
  const { services, request, mode, deadline, args, bytes } = asked;
  const { heap } = services;
  const form = new BodyForm(asked, progress);
  const within = deadline === undefined ? context : { ...context, deadline: performance.now() + deadline };
  const call = services.hooks.of(request.plugin.slice(1))(request.function, form, within);
  requireMembers(asked, call);
  form.large = bytes * call.plugins.length > smallBody;
  // The values are there until the last member was asked, and the body's own room is given back.
  const drawn = parsedPerByte * bytes;
  heap.take(drawn, "the arguments of a call");
  try {
    return await answered(call, mode, args, services);
  } finally {
    heap.give(drawn);
  }
}

async function answered(
  call: AskedHook,
  mode: Mode,
  args: unknown,
  services: Services,
): Promise<PlainAnswer> {
  const told = ({ value, error }: HookAnswer<unknown>) =>
    error === undefined ? { value } : { error: problemBody(error, services) };
  switch (mode) {
    case "collect": {
      const answers = await call.collect(args);
      // All of them may be long, each is no longer than that of one call.
      const work = new LongWork();
      const members: string[] = [];
      for (const each of answers) {
        await work.pause();
        members.push(`${JSON.stringify(each.plugin)}:${harmlessJson(told(each))}`);
      }
      return jsonAnswer(`{${members.join()}}`);
    }
    case "first": {
      const first = await call.first(args);
      return jsonAnswer(harmlessJson(first === undefined ? null : { plugin: first.plugin, ...told(first) }));
    }
    default: {
      if (!Array.isArray(args) || args.length === 0) throw notInOrder();
      return jsonAnswer(harmlessJson({ value: await call.chain(args) }));
    }
  }
}

function jsonAnswer(body: string): PlainAnswer {
  return { status: 200, headers: resultHeaders, body };
}

/** Refuses the call where its sender may not call each member. Which those are, they are not told. */
function requireMembers({ c, services, identity, request }: HookRequest, { plugins }: AskedHook): void {
  for (const plugin of plugins) {
    if (identity.plugins?.has(plugin) === false) throw beyondToken(request.plugin);
    try {
      services.access.check("call", request.headers, plugin, c.env);
    } catch (error) {
      throw error instanceof HotcellError && error.facts.subject === plugin
        ? beyondToken(request.plugin)
        : error;
    }
  }
}

/** Arguments of a body, for each member in the types that it has, and within its limits. */
class BodyForm implements HookForm {
  /** Each member's are made of the whole body: many small ones take as long as a large one. */
  large = false;
  readonly #asked: HookRequest;
  readonly #progress: HookProgress;
  readonly #rooms = new Map<readonly unknown[], ArgumentRoom>();

  constructor(asked: HookRequest, progress: HookProgress = { began: false, ran: false }) {
    this.#asked = asked;
    this.#progress = progress;
  }

  arguments(callable: HookedCallable, args: unknown, plugin: string): unknown[] {
    const { c, services, identity, request, bytes } = this.#asked;
    takeQuota(services, identity, request.headers, plugin, c.env);
    callable.requireArgumentBytes(bytes);
    const room = callable.argumentRoom(services.heap);
    try {
      const given = vouchFor(callable.type, callable.json.arguments(args, room));
      this.#rooms.set(given, room);
      this.#progress.began = true;
      return given;
    } catch (thrown) {
      room.release();
      throw thrown;
    }
  }

  value({ json }: HookedCallable, result: unknown): unknown {
    this.#progress.ran = true;
    return json.result(result) ?? null;
  }

  release(args: readonly unknown[]): void {
    this.#rooms.get(args)?.release();
    this.#rooms.delete(args);
  }
}

function modeOf(query: URLSearchParams): Mode {
  const given = query.get("mode");
  const mode = given === null ? "collect" : modes.find((each) => each === given);
  if (mode !== undefined) return mode;
  throw new HotcellError("bad-request", "?mode says how the members of a hook are asked.", {
    subject: "mode",
    actual: beginning(given!, 100),
    expected: modes.join(", "),
    remedy:
      "Send ?mode=collect for all answers, ?mode=first for the first that is not null, or ?mode=chain to hand each the value of the one before.",
  });
}

function notInOrder(): HotcellError {
  return new HotcellError(
    "bad-request",
    "A chain takes its arguments as an array, the first of which goes from member to member.",
    {
      expected: "a JSON array with one element or more",
      remedy: 'Send the arguments by position, as [100] instead of {"total":100}.',
    },
  );
}

function jsonOnly(form: "bytes" | "lines"): HotcellError {
  return new HotcellError("unsupported-media-type", "A hook takes its arguments as JSON, of one call.", {
    actual: form === "bytes" ? bytesType : linesType,
    expected: "application/json",
    remedy:
      form === "bytes"
        ? "Send a JSON array or object of arguments; a list<u8> is base64 there."
        : "Send a request for each line, with the line as JSON.",
  });
}

function beyondToken(contract: string): HotcellError {
  const { scope, challenge } = challengeFor(["call"]);
  return new HotcellError("forbidden", `${contract} has plugins that the token is not good for.`, {
    subject: contract,
    expected: "a token that is good for all of its plugins",
    remedy: "Use another token, or have one made: hotcell token new --scope call.",
    extra: { scope, challenge },
  });
}
