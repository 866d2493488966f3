/** Failures of NATS: which pass by themselves, and what the others come to. */
import { type ErrorCode, HotcellError } from "../errors.ts";

/** Error of the server's API as the client throws it; its codes: https://github.com/nats-io/nats-server, server/errors.json. */
interface ApiFailure extends Error {
  readonly code: number;
  readonly status: number;
}

/** Failure of an operation while servers refuse the connection that it needs. */
export class LoginRefused extends Error {}

const wrongLastSequence = 10071;
/** Another message with a condition on its subject is on its way: servers since 2.11 look at those too. */
const onItsWay = 10164;
const streamNotFound = 10059;
/** No room: memory or disk of the server or the account, or what the stream may have. */
const full = [10002, 10023, 10028, 10047, 10074, 10077];
/** Message of a sequence number that is not there (any more). */
const gone = [10037, 10043, 10057];
const notEnabled = [10039, 10076];

export function isOutrun(error: unknown): boolean {
  return isApiFailure(error) && error.code === wrongLastSequence;
}

export function isMissingStream(error: unknown): boolean {
  return isApiFailure(error) && error.code === streamNotFound;
}

export function isGone(error: unknown): boolean {
  return isApiFailure(error) && gone.includes(error.code);
}

/** True for what passes: no answer, no leader, a server that starts. What the server has decided stays so, unless on what is on its way yet. */
export function mayPass(error: unknown): boolean {
  if (error instanceof HotcellError || isForbidden(error)) return false;
  if (isApiFailure(error) && error.code === onItsWay) return true;
  return !isApiFailure(error) || (error.status >= 500 && finalCode(error) === undefined);
}

/** Error of the catalogue for what NATS said to an operation on the store at `where`. */
export function natsError(error: unknown, where: string): HotcellError {
  if (error instanceof HotcellError) return error;
  const code = isApiFailure(error) ? finalCode(error) : undefined;
  const why = error instanceof Error ? error.message : String(error);
  if (code === "store-full")
    return new HotcellError(code, `The store ${where} has no room left: ${why}.`, {
      subject: where,
      remedy:
        "Remove plugins, or give JetStream more room (max_file_store, limits of the account); then repeat the request.",
      cause: error,
    });
  if (isMissingStream(error))
    return new HotcellError("store-unavailable", `The store ${where} has lost a stream: ${why}.`, {
      subject: where,
      remedy: "Restore its streams (nats stream restore), or restart the host to begin with an empty store.",
      cause: error,
    });
  if (isApiFailure(error) && notEnabled.includes(error.code)) return noJetStream(where, error);
  return new HotcellError("store-unavailable", `The store ${where} can't be used: ${why}.`, {
    subject: where,
    remedy: remedyFor(error),
    cause: error,
  });
}

/** Error of who compares and sets, and for whom others always came first. */
export function outrunError(where: string, subject: string): HotcellError {
  const text = `In the store ${where} others have changed ${subject} each time before this host did.`;
  return new HotcellError("store-unavailable", text, {
    subject: where,
    remedy: "Repeat the request; nothing has happened.",
  });
}

/** Error of who changes something, and hears nothing of it. */
export function unknownError(cause: unknown, where: string): HotcellError {
  const text = `The store ${where} did not say in time whether it has kept a change.`;
  return new HotcellError("store-unavailable", text, {
    subject: where,
    remedy: "Look whether it happened before you repeat the request.",
    cause,
  });
}

function remedyFor(error: unknown): string {
  if (isForbidden(error))
    return "Let the host's user publish to NAME.> and $JS.API.>, and subscribe to _INBOX.>, with NAME that of the store.";
  if (error instanceof LoginRefused)
    return "Renew the credentials file (HOTCELL_NATS_CREDS), which is read again at each connection; a password or token needs a restart.";
  return "Look after the NATS servers (nats server report jetstream); then repeat the request.";
}

export function noJetStream(where: string, cause?: unknown): HotcellError {
  return new HotcellError("store-unavailable", `The NATS of ${where} has no JetStream for this account.`, {
    subject: where,
    remedy:
      "Start nats-server with JetStream (-js, or jetstream {} in its configuration), for this account too.",
    ...(cause !== undefined && { cause }),
  });
}

/** True for a login that servers refuse, or do not take any longer. */
export function isLogin(error: unknown): boolean {
  return error instanceof Error && /^(AuthorizationError|UserAuthenticationExpiredError)$/.test(error.name);
}

/** True for what the server does not let our user do. */
export function isForbidden(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return error.name === "PermissionViolationError" || isForbidden(error.cause);
}

function finalCode(error: ApiFailure): ErrorCode | undefined {
  return full.includes(error.code) ? "store-full" : undefined;
}

function isApiFailure(error: unknown): error is ApiFailure {
  return error instanceof Error && "status" in error && "code" in error && typeof error.code === "number";
}
