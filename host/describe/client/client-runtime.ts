/** Part of a client that is the same in all: how a call is sent, and what its outcome is. */

/** Text of the part; it needs what every JavaScript of today has: fetch and AbortSignal. */
export const clientRuntime = `/** Outcome of a call: a value, or an error whose \`code\` tells which. */
export type Outcome<Value, Payload> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly error: GuestError<Payload> | Refused | Unreachable };

/** The function answered with an error of its own. */
export interface GuestError<Payload> {
  readonly code: "guest-error";
  readonly status: 422;
  readonly payload: Payload;
  readonly problem: Problem;
}

/** The host refused the call, or the plugin failed at it: \`problem\` says why, and what to do. */
export interface Refused {
  readonly code: Exclude<ErrorCode, "guest-error">;
  readonly status: number;
  readonly problem: Problem;
}

/** Nobody answered, or what answered is no host. It is not known whether the call was made. */
export interface Unreachable {
  readonly code: "unreachable";
  readonly status: undefined;
  readonly cause: unknown;
}

/** An error as the host tells it (RFC 9457). */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: ErrorCode;
  readonly detail: string;
  readonly subject?: string;
  readonly remedy?: string;
  readonly [member: string]: unknown;
}

/** Thrown by \`unwrap\`. */
export class CallFailed extends Error {
  override readonly name = "CallFailed";
  readonly error: GuestError<unknown> | Refused | Unreachable;

  constructor(error: GuestError<unknown> | Refused | Unreachable) {
    super(
      "problem" in error ? error.problem.detail : "The host can't be reached.",
      "cause" in error ? { cause: error.cause } : undefined,
    );
    this.error = error;
  }
}

/** The value of an outcome. Throws CallFailed where it is an error. */
export function unwrap<Value>(outcome: Outcome<Value, unknown>): Value {
  if (outcome.ok) return outcome.value;
  throw new CallFailed(outcome.error);
}

export interface ClientOptions {
  /** Address of the host's API: \`http://127.0.0.1:8787\`. */
  readonly url: string;
  /** Token that calls are sent with. */
  readonly token?: string;
  /** Header fields that calls are sent with. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Number of times that a call is sent again which the host refused before it made it; 2 unless told. */
  readonly retries?: number;
  /** Sends requests; the global \`fetch\` unless told. */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
}

export interface CallOptions {
  /** Ends the call; its promise is rejected with the signal's reason. */
  readonly signal?: AbortSignal;
  readonly headers?: Readonly<Record<string, string>>;
  /**
   * Name of the call, such as \`crypto.randomUUID()\`: however often it is sent with the same, it is made once, and answered
   * alike. So it is sent again, too, where its answer did not come.
   */
  readonly key?: string;
}

/** Refusals that come before a call is made, so that sending it again makes it once. */
const unmade: ReadonlySet<string> = new Set([
  "too-many-calls",
  "too-many-requests",
  "rate-limited",
  "fuel-rate",
  "backing-off",
  "workers-unavailable",
]);

/** Failures after which a call with a key is sent again: it is made once all the same. */
const withKey: ReadonlySet<string> = new Set([...unmade, "unreachable", "call-under-way", "store-unavailable"]);

/** Bytes that go as they are. */
interface CallForm {
  /** Name of the argument that is the body; the others are in the query then. */
  readonly body?: string;
  /** The value comes as bytes. */
  readonly answer?: true;
  /** Names of the arguments, where they go by position. */
  readonly order?: readonly string[];
}

type Sender = <Value, Payload>(
  path: string,
  args: object,
  options: CallOptions | undefined,
  form?: CallForm,
) => Promise<Outcome<Value, Payload>>;

interface Message {
  readonly path: string;
  readonly type: string;
  readonly body: string | ArrayBufferView;
}

const octets = "application/octet-stream";

/** Arguments as they are sent: as JSON, or the one that is the body as it is. */
function messageOf(path: string, args: object, form: CallForm): Message {
  const given = new Map<string, unknown>(Object.entries(args));
  if (form.order) {
    const values = form.order.map((name) => given.get(name) ?? null);
    return { path, type: "application/json", body: JSON.stringify(values) };
  }
  const body = form.body === undefined ? undefined : given.get(form.body);
  if (!ArrayBuffer.isView(body)) return { path, type: "application/json", body: JSON.stringify(args) };
  const query = new URLSearchParams();
  for (const [name, value] of given) {
    if (name === form.body || value === null || value === undefined) continue;
    for (const one of Array.isArray(value) ? value : [value]) query.append(name, String(one));
  }
  return { path: query.size === 0 ? path : \`\${path}?\${query}\`, type: octets, body };
}

function sender(client: ClientOptions): Sender {
  const { url, token, headers, retries = 2 } = client;
  const base = url.replace(/\\/+$/, "");
  const send = client.fetch ?? ((to: string, init: RequestInit) => fetch(to, init));
  const once = async <Value, Payload>(message: Message, answer: CallForm["answer"], options?: CallOptions) => {
    let status: number;
    let json: unknown;
    let wait = 1;
    // What no header can carry is the program's mistake, and thrown.
    const fields = new Headers({
      "content-type": message.type,
      ...(answer && { accept: octets }),
      ...(options?.key !== undefined && { "idempotency-key": quotedKey(options.key) }),
      ...(token !== undefined && { authorization: \`Bearer \${token}\` }),
      ...headers,
      ...options?.headers,
    });
    try {
      const response = await send(base + message.path, {
        method: "POST",
        headers: fields,
        body: message.body as NonNullable<RequestInit["body"]>,
        ...(options?.signal && { signal: options.signal }),
      });
      status = response.status;
      wait = Number(response.headers.get("retry-after") ?? 1);
      if (status === 200 && response.headers.get("content-type") === octets) {
        json = new Uint8Array(await response.arrayBuffer());
      } else {
        const text = await response.text();
        json = text === "" ? undefined : JSON.parse(text);
      }
    } catch (cause) {
      options?.signal?.throwIfAborted();
      return { outcome: unreachable<Value, Payload>(cause), wait };
    }
    if (status === 200 || status === 204) {
      return { outcome: { ok: true, value: json as Value } satisfies Outcome<Value, Payload>, wait };
    }
    if (!isProblem(json)) return { outcome: unreachable<Value, Payload>(new Error(\`HTTP status \${status}\`)), wait };
    const { code } = json;
    const error: GuestError<Payload> | Refused =
      code === "guest-error"
        ? { code, status: 422, payload: json["payload"] as Payload, problem: json }
        : { code, status, problem: json };
    return { outcome: { ok: false, error } satisfies Outcome<Value, Payload>, wait };
  };
  return async <Value, Payload>(path: string, args: object, options?: CallOptions, form: CallForm = {}) => {
    const message = messageOf(path, args, form);
    const again = options?.key === undefined ? unmade : withKey;
    for (let left = retries; ; left--) {
      const { outcome, wait } = await once<Value, Payload>(message, form.answer, options);
      if (left <= 0 || outcome.ok || !again.has(outcome.error.code)) return outcome;
      await pause(Math.min(Number.isFinite(wait) ? wait : 1, 30) * 1000, options?.signal);
    }
  };
}

function quotedKey(key: string): string {
  return \`"\${key.replace(/["\\\\]/g, "\\\\$&")}"\`;
}

function unreachable<Value, Payload>(cause: unknown): Outcome<Value, Payload> {
  return { ok: false, error: { code: "unreachable", status: undefined, cause } };
}

function isProblem(json: unknown): json is Problem {
  return typeof json === "object" && json !== null && "code" in json && "detail" in json;
}

function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = () => {
      clearTimeout(timer);
      reject(signal!.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", end);
      resolve();
    }, milliseconds);
    if (signal?.aborted) end();
    else signal?.addEventListener("abort", end, { once: true });
  });
}
`;
