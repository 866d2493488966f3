/**
 * The catalogue of everything Hotcell refuses or fails at. One code a cause, stable for scripts; the status says
 * who is to blame (docs/calling.md, Errors): the request or component 4xx, the plugin 422, 502 or 504, a host without room 503 or
 * 507, ourselves 500.
 */
import { answerBounds } from "./bounds/http-bounds.ts";
import { cutText } from "./text/cut.ts";

interface Entry {
  readonly status: number;
  readonly title: string;
}

const catalogue = {
  // What came is not a usable component.
  "not-wasm": { status: 400, title: "Not WebAssembly" },
  "core-module": { status: 400, title: "A core module, not a component" },
  "malformed-component": { status: 400, title: "Malformed component" },
  "invalid-component": { status: 400, title: "Invalid component" },
  "unsupported-feature": { status: 400, title: "Unsupported component feature" },
  "component-limit": { status: 400, title: "Component exceeds a limit" },
  "unsafe-name": { status: 400, title: "Name not allowed in a component" },
  "unknown-import": { status: 400, title: "Unknown import" },
  "import-mismatch": { status: 400, title: "Import has another type" },
  "trial-failed": { status: 400, title: "The component does not start" },
  "checks-failed": { status: 400, title: "The component fails its checks" },
  "init-failed": { status: 400, title: "The plugin refuses its configuration" },
  unhealthy: { status: 400, title: "The plugin is not healthy" },
  "save-failed": { status: 409, title: "The live version can't give its state" },
  "state-loss": { status: 409, title: "State would be lost" },
  "restore-failed": { status: 409, title: "The plugin can't take over the state" },
  "lifecycle-mismatch": { status: 400, title: "A lifecycle function has another type" },
  "import-not-granted": { status: 403, title: "Import not granted" },
  "bad-files": { status: 400, title: "Files that can't come with a version" },
  "file-not-found": { status: 404, title: "No such file of the version" },
  incompatible: { status: 409, title: "Incompatible with the live version" },
  "bad-link": { status: 409, title: "Link that can't be made" },
  "contract-unmet": { status: 409, title: "A contract is not satisfied" },
  "contract-clash": { status: 409, title: "Contracts that clash" },
  "contract-breaks": { status: 409, title: "Live plugins miss the contract" },
  "contract-in-use": { status: 409, title: "The contract is in use" },
  "contract-limit": { status: 409, title: "No room for more contracts" },
  "has-dependants": { status: 409, title: "Other plugins link to it" },

  // What a registry has is no usable component, or the registry is at fault.
  "bad-reference": { status: 400, title: "Reference that can't be used" },
  "registry-not-allowed": { status: 403, title: "The host may not pull from there" },
  "image-not-found": { status: 404, title: "The registry does not have it" },
  "bad-image": { status: 400, title: "Not a component as registries keep them" },
  "image-damaged": { status: 502, title: "The registry sent something else" },
  "registry-denied": { status: 502, title: "The registry refuses access" },
  "registry-failed": { status: 502, title: "The registry failed" },
  "registry-busy": { status: 503, title: "The registry has too much to do" },
  "registry-timeout": { status: 504, title: "The registry was too slow" },

  // The request is at fault.
  "bad-request": { status: 400, title: "Bad request" },
  "bad-json": { status: 400, title: "Invalid JSON" },
  "bad-argument": { status: 400, title: "Invalid argument" },
  "bad-settings": { status: 400, title: "Invalid settings" },
  "bad-plugin-name": { status: 400, title: "Invalid plugin name" },
  "bad-type-expression": { status: 400, title: "Invalid WIT type expression" },
  "not-callable": { status: 400, title: "Not callable over HTTP" },
  unauthorized: { status: 401, title: "Token required" },
  forbidden: { status: 403, title: "Beyond what the token allows" },
  "forbidden-host": { status: 403, title: "Host not allowed" },
  "cross-site": { status: 403, title: "Request from another site" },
  "plugin-not-found": { status: 404, title: "No such plugin" },
  "version-not-found": { status: 404, title: "No such version" },
  "function-not-found": { status: 404, title: "No such function" },
  "no-handler": { status: 404, title: "The plugin serves no HTTP" },
  "too-many-requests": { status: 429, title: "Too many requests" },
  "rate-limited": { status: 429, title: "Beyond the plugin's rate" },
  "contract-not-found": { status: 404, title: "No such contract" },
  "bucket-not-found": { status: 404, title: "No such bucket" },
  "key-not-found": { status: 404, title: "No such key" },
  "stale-value": { status: 412, title: "Stale value" },
  "over-quota": { status: 507, title: "Beyond the plugin's quota" },
  "token-not-found": { status: 404, title: "No such token" },
  "route-not-found": { status: 404, title: "No such route" },
  "method-not-allowed": { status: 405, title: "Method not allowed" },
  "route-taken": { status: 409, title: "Route taken" },
  "already-exists": { status: 412, title: "Plugin exists already" },
  "call-under-way": { status: 409, title: "The call is being made" },
  "answer-not-kept": { status: 409, title: "The call was made" },
  "other-call": { status: 422, title: "Another call had the key" },
  "rollout-under-way": { status: 409, title: "A host tries another version of the plugin" },
  "rollout-failed": { status: 409, title: "The rollout has failed" },
  "rollout-stopped": { status: 409, title: "The rollout was stopped" },
  "stale-revision": { status: 412, title: "Stale revision" },
  "request-timeout": { status: 408, title: "The request took too long to arrive" },
  "too-large": { status: 413, title: "Body too large" },
  "body-too-large": { status: 413, title: "Body larger than the plugin takes" },
  "headers-too-large": { status: 431, title: "Header too large" },
  "argument-too-large": { status: 413, title: "Arguments larger than allowed" },
  "unsupported-media-type": { status: 415, title: "Unsupported content type" },
  "unsupported-coding": { status: 415, title: "Unsupported content coding" },
  "upgrade-not-supported": { status: 501, title: "Change of protocol not supported" },
  "data-kept": { status: 409, title: "The plugin has data" },
  "nothing-to-roll-back": { status: 409, title: "No earlier version" },

  // The plugin answered with an error, or failed.
  "guest-error": { status: 422, title: "The plugin returned an error" },
  exited: { status: 502, title: "The plugin ended itself" },
  trap: { status: 502, title: "The plugin trapped" },
  "result-too-large": { status: 502, title: "Result larger than allowed" },
  "no-response": { status: 502, title: "The plugin gave no response" },
  "handler-error": { status: 502, title: "The plugin's handler failed" },
  "bad-response": { status: 502, title: "The plugin's answer is no HTTP response" },
  "plugin-damaged": { status: 500, title: "What is stored of the plugin is damaged" },
  "process-died": { status: 502, title: "The plugin's process died" },
  "out-of-memory": { status: 502, title: "The plugin ran out of memory" },
  "out-of-fuel": { status: 504, title: "The plugin ran out of fuel" },
  timeout: { status: 504, title: "The call took too long" },
  "link-failed": { status: 502, title: "A plugin that it is linked to failed" },
  // Nobody is there to read the status: the one that servers note such a request by.
  cancelled: { status: 499, title: "The caller left" },

  // The plugin, or the whole host, has no room for more at present.
  "too-many-calls": { status: 429, title: "Too many calls are waiting" },
  "fuel-rate": { status: 429, title: "The plugin has spent its fuel for now" },
  "backing-off": { status: 503, title: "The plugin is not started again yet" },
  "no-capacity": { status: 503, title: "No memory is left for plugins" },
  "workers-unavailable": { status: 503, title: "The process that has the workers does not answer" },
  closed: { status: 503, title: "Closed" },
  "version-skew": { status: 503, title: "A host of another version was asked" },

  // How the host was started.
  "body-taken": { status: 500, title: "The body was read by something else" },
  bundled: { status: 500, title: "Hotcell was bundled" },
  "process-denied": { status: 503, title: "The host may not start processes" },

  // Building a plugin.
  "no-wit": { status: 400, title: "No WIT folder" },
  "invalid-wit": { status: 400, title: "Invalid WIT" },
  "build-option": { status: 400, title: "Build option not usable" },
  "build-failed": { status: 400, title: "The build failed" },
  "no-plugin-folder": { status: 400, title: "Not a plugin's folder" },
  "other-wit": { status: 409, title: "Another text of the WIT package is there" },
  "folder-not-empty": { status: 400, title: "Folder not empty" },
  "no-such-file": { status: 400, title: "No such file" },
  "no-host": { status: 503, title: "No host answers" },

  // The embedding API.
  "symbol-not-found": { status: 404, title: "Symbol not found" },
  "symbol-type": { status: 409, title: "Symbol has another type" },

  // The store.
  "store-unavailable": { status: 503, title: "The store can't be used" },
  "store-full": { status: 507, title: "The store is full" },
  "store-corrupt": { status: 500, title: "The store is damaged" },
  "data-in-use": { status: 503, title: "Another host serves from the data folder" },
  "store-too-new": { status: 500, title: "The store is of a newer Hotcell" },

  // Our own failures.
  "tool-missing": { status: 500, title: "An optional package is missing" },
  "host-function-failed": { status: 500, title: "A function of the host's owner failed" },
  fault: { status: 500, title: "Internal fault" },
} as const satisfies Record<string, Entry>;

/** Code of an error: stable, and what programs go by. */
export type ErrorCode = keyof typeof catalogue;

/** All codes, in the order of the catalogue. */
export const errorCodes = Object.keys(catalogue) as readonly ErrorCode[];

export function statusOf(code: ErrorCode): number {
  return catalogue[code].status;
}

export function titleOf(code: ErrorCode): string {
  return catalogue[code].title;
}

/** `type` of the problems with that code: the URL of its page, where the host has one that everybody reaches. */
export function problemType(code: ErrorCode, publicUrl?: string): string {
  return publicUrl === undefined ? `urn:hotcell:error:${code}` : `${publicUrl}/docs/errors/${code}`;
}

/** Facts of an error, for programs and for who reads it. */
export interface ErrorFacts {
  /** The thing concerned: a plugin, an import, a function, a file. */
  readonly subject?: string;
  /** The setting that says how much there may be: `limits.fuel`. */
  readonly setting?: string;
  /** The limit that was exceeded, with its unit if it has one. */
  readonly limit?: number | string;
  /** The value that exceeded or differed. */
  readonly actual?: number | string;
  /** Value that would have been right, where `limit` does not fit. */
  readonly expected?: string;
  /** Thing to do about it. */
  readonly remedy?: string;
  /** Parts of the remedy, where it is to raise limits of the plugin: a host whose ceiling forbids it says so in their place. */
  readonly raise?: Raise;
  /** Whole seconds after which the same may succeed; HTTP answers say it in `Retry-After`. */
  readonly retryAfter?: number;
  /** Byte offset in the binary. */
  readonly offset?: number;
  /** Further facts for programs, code by code: `near` (similar names), `changes` (a diff), `payload`, … */
  readonly extra?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/** Limits of a plugin that may be raised, such as `fuel`, and what else may be done. */
export interface Raise {
  readonly limits: readonly string[];
  /** A sentence without a full stop. */
  readonly otherwise: string;
}

/** Remedy of whoever met a limit of a plugin: to do something else, or to raise one of `limits`. */
export function orRaise(
  otherwise: string,
  limits: readonly string[],
  settings = "its settings",
): { readonly remedy: string; readonly raise: Raise } {
  const named = limits.map((name) => `limits.${name}`).join(" or ");
  return { remedy: `${otherwise}, or raise ${named} in ${settings}.`, raise: { limits, otherwise } };
}

/** RFC 9457 problem details. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: ErrorCode;
  readonly detail: string;
  readonly [member: string]: unknown;
}

/** Error of the catalogue: a code, what happened as a sentence, and its facts. */
export class HotcellError extends Error {
  readonly code: ErrorCode;
  readonly facts: ErrorFacts;

  constructor(code: ErrorCode, detail: string, facts: ErrorFacts = {}) {
    super(detail, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.name = new.target.name;
    this.code = code;
    this.facts = facts;
  }

  get status(): number {
    return catalogue[this.code].status;
  }

  /** The RFC 9457 body. Facts without a value are left out; causes never leave the process. */
  toProblem(): Problem {
    const { cause: _, raise: __, extra, ...facts } = this.facts;
    const { status, title } = catalogue[this.code];
    const told = Object.entries(facts).map(([name, fact]) => [
      name,
      typeof fact === "string" ? cutText(fact, maxFact) : fact,
    ]);
    return {
      type: problemType(this.code),
      title,
      status,
      code: this.code,
      detail: cutText(this.message, maxDetail),
      ...(Object.fromEntries(told) as typeof facts),
      ...extra,
    };
  }
}

/** Characters of what a problem tells: many an error quotes what somebody sent, and that may be megabytes. */
export const maxDetail = answerBounds.detail.value;
const maxFact = answerBounds.fact.value;

/** The guest stopped abnormally; its cell is gone. */
export class TrapError extends HotcellError {
  constructor(detail: string, facts: ErrorFacts = {}) {
    super("trap", detail, facts);
  }
}

/** The guest stopped because the host has no room for what it asked for; its cell is gone. */
export class NoRoomToGrowError extends HotcellError {
  constructor(detail: string, facts: ErrorFacts = {}) {
    super("no-capacity", detail, facts);
  }
}

/** The guest ended itself by `wasi:cli/exit`; its cell is gone. */
export class ExitError extends HotcellError {
  /** Status as processes have it: 0 for success. */
  readonly exitStatus: number;

  constructor(exitStatus: number, detail: string, facts: ErrorFacts = {}) {
    super("exited", detail, facts);
    this.exitStatus = exitStatus;
  }

  get succeeded(): boolean {
    return this.exitStatus === 0;
  }
}

/** Copy of an error with another text and other facts: nothing in it is changed where somebody else may hold it. */
export function rebuilt(error: HotcellError, message: string, facts: ErrorFacts): HotcellError {
  if (error instanceof TrapError) return new TrapError(message, facts);
  if (error instanceof ExitError) return new ExitError(error.exitStatus, message, facts);
  if (error instanceof NoRoomToGrowError) return new NoRoomToGrowError(message, facts);
  return new HotcellError(error.code, message, facts);
}

/** Error that another process told, which may be another Hotcell: of a code that this one has not, the words are told all the same. */
export function toldError(code: string, message: string, facts: ErrorFacts): HotcellError {
  if (Object.hasOwn(catalogue, code)) return new HotcellError(code as ErrorCode, message, facts);
  return new HotcellError("version-skew", message, { ...facts, extra: { ...facts.extra, told: code } });
}

/**
 * A function whose WIT result is `result<_, E>` returned its error case; `payload` is the E, in the JS mapping. Host
 * functions throw it for theirs: `throw new ComponentError({ tag: "not-found" })`.
 */
export class ComponentError extends HotcellError {
  readonly payload: unknown;
  constructor(payload: unknown, detail = "The function returned an error.", facts: ErrorFacts = {}) {
    super("guest-error", detail, facts);
    this.payload = payload;
  }
}

/** `lookup` found nothing; the message lists what exists. */
export class SymbolNotFoundError extends HotcellError {
  constructor(detail: string, facts: ErrorFacts = {}) {
    super("symbol-not-found", detail, facts);
  }
}

/** `as` asserted a type that the symbol does not have. */
export class SymbolTypeError extends HotcellError {
  constructor(detail: string, facts: ErrorFacts = {}) {
    super("symbol-type", detail, facts);
  }
}

/** True for an instance of the class; what throws when it is looked at, as a proxy may, is none. */
export function isOfClass<T>(thrown: unknown, type: abstract new (...args: never[]) => T): thrown is T {
  try {
    return thrown instanceof type;
  } catch {
    return false;
  }
}

/** Anything thrown as a catalogued error: what is not one already is a fault of ours. */
export function asHotcellError(thrown: unknown): HotcellError {
  if (isOfClass(thrown, HotcellError)) return thrown;
  return new HotcellError("fault", "Hotcell failed; the cause is in the host's log.", { cause: thrown });
}
