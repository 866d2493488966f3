/** Error codes of `wasi:http/types`, as data: what a guest gets for a request that came to nothing. */
import { errors } from "undici";
import { RequestFailure } from "./request-failure.ts";

/** Code of Node's parser for more fields than it takes. */
export const overflow = "HPE_HEADER_OVERFLOW";

/** Failure for whatever was thrown on the way. What Node says of it may tell of the host, so no text of it is passed on. */
export function failureOf(thrown: unknown): RequestFailure {
  for (let error = thrown; error instanceof Error; error = error.cause) {
    if (error instanceof RequestFailure) return error;
    const known = knownFailure(error);
    if (known) return known;
    if (error instanceof AggregateError && error.errors.length > 0) return failureOf(error.errors.at(-1));
  }
  return new RequestFailure("internal-error", null);
}

function knownFailure(error: Error): RequestFailure | undefined {
  if (error instanceof errors.HTTPParserError) return new RequestFailure("HTTP-protocol-error");
  const { code = "" } = error as { code?: string };
  if (code.startsWith("HPE_") && code !== overflow) return new RequestFailure("HTTP-protocol-error");
  const tag = tags.get(code);
  if (tag !== undefined) return new RequestFailure(tag);
  if (rcodes.has(code))
    return new RequestFailure("DNS-error", { rcode: rcodes.get(code)!, "info-code": null });
  if (/^ERR_SSL_TLSV?1_ALERT_|^ERR_SSL_SSL\/?TLS_ALERT_|^ERR_SSL_SSLV3_ALERT_/.test(code))
    return new RequestFailure("TLS-protocol-error");
  if (certificate.test(code)) return new RequestFailure("TLS-certificate-error");
  if (/^(?:ERR_SSL_|ERR_TLS_|EPROTO$)/.test(code)) return new RequestFailure("TLS-protocol-error");
  return undefined;
}

const tags: ReadonlyMap<string, string> = new Map([
  ["ECONNREFUSED", "connection-refused"],
  ["ECONNRESET", "connection-terminated"],
  ["EPIPE", "connection-terminated"],
  ["ETIMEDOUT", "connection-timeout"],
  ["ETIMEOUT", "DNS-timeout"],
  ["EHOSTUNREACH", "destination-unavailable"],
  ["ENETUNREACH", "destination-IP-unroutable"],
  ["EADDRNOTAVAIL", "destination-IP-unroutable"],
  ["EINVAL", "destination-IP-unroutable"],
  ["EACCES", "destination-IP-prohibited"],
  ["EPERM", "destination-IP-prohibited"],
  ["EMFILE", "connection-limit-reached"],
  ["ENFILE", "connection-limit-reached"],
  ["ENOBUFS", "connection-limit-reached"],
  ["UND_ERR_CONNECT_TIMEOUT", "connection-timeout"],
  ["UND_ERR_HEADERS_TIMEOUT", "HTTP-response-timeout"],
  ["UND_ERR_BODY_TIMEOUT", "connection-read-timeout"],
  ["UND_ERR_SOCKET", "connection-terminated"],
  ["UND_ERR_RES_CONTENT_LENGTH_MISMATCH", "HTTP-response-incomplete"],
  ["UND_ERR_DESTROYED", "connection-terminated"],
  ["UND_ERR_CLOSED", "connection-terminated"],
  ["UND_ERR_INVALID_ARG", "HTTP-protocol-error"],
  ["UND_ERR_NOT_SUPPORTED", "HTTP-protocol-error"],
]);

/** Names of DNS's own answers by Node's codes. */
const rcodes: ReadonlyMap<string, string> = new Map([
  ["ENOTFOUND", "NXDOMAIN"],
  ["ENODATA", "NOERROR"],
  ["ESERVFAIL", "SERVFAIL"],
  ["EAI_AGAIN", "SERVFAIL"],
  ["EREFUSED", "REFUSED"],
  ["EFORMERR", "FORMERR"],
  ["ENOTIMP", "NOTIMP"],
  ["EBADRESP", "FORMERR"],
  ["EBADNAME", "FORMERR"],
]);

/** Codes by which a certificate is not what it has to be. */
const certificate =
  /CERT|^UNABLE_TO_|^CRL_|^HOSTNAME_MISMATCH$|^INVALID_(?:CA|PURPOSE)$|^PATH_LENGTH_EXCEEDED$|^ERR_TLS_CERT_ALTNAME_INVALID$/;
