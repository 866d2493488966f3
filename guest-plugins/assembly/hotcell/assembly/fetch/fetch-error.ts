// @ts-nocheck: AssemblyScript, of which editors need the signatures only.

/** Cases of `error-code` of wasi:http, in its order. */
@lazy const codes: StaticArray<string> = [
  "DNS-timeout",
  "DNS-error",
  "destination-not-found",
  "destination-unavailable",
  "destination-IP-prohibited",
  "destination-IP-unroutable",
  "connection-refused",
  "connection-terminated",
  "connection-timeout",
  "connection-read-timeout",
  "connection-write-timeout",
  "connection-limit-reached",
  "TLS-protocol-error",
  "TLS-certificate-error",
  "TLS-alert-received",
  "HTTP-request-denied",
  "HTTP-request-length-required",
  "HTTP-request-body-size",
  "HTTP-request-method-invalid",
  "HTTP-request-URI-invalid",
  "HTTP-request-URI-too-long",
  "HTTP-request-header-section-size",
  "HTTP-request-header-size",
  "HTTP-request-trailer-section-size",
  "HTTP-request-trailer-size",
  "HTTP-response-incomplete",
  "HTTP-response-header-section-size",
  "HTTP-response-header-size",
  "HTTP-response-body-size",
  "HTTP-response-trailer-section-size",
  "HTTP-response-trailer-size",
  "HTTP-response-transfer-coding",
  "HTTP-response-content-coding",
  "HTTP-response-timeout",
  "HTTP-upgrade-failed",
  "HTTP-protocol-error",
  "loop-detected",
  "configuration-error",
  "internal-error",
];

/** Why there is no response, or not all of one. */
@final export class FetchError {
  constructor(
    /** As WASI calls it: `connection-refused`, `HTTP-request-denied` … */
    readonly code: string,
    /** The same with what was asked for: `connection-refused: GET https://example.com`. No path and no query. */
    readonly message: string,
  ) {}

  /** `error-code` by its number. */
  static of(code: i32, asked: string): FetchError {
    return FetchError.named(code >= 0 && code < codes.length ? codes[code] : "internal-error", asked);
  }

  static named(code: string, asked: string): FetchError {
    return new FetchError(code, code + ": " + asked);
  }
}
