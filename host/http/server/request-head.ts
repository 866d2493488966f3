/** Request lines and Host headers as Node's parser lets them pass: what is ambiguous in them is refused (RFC 9112, section 3). */

import type { IncomingMessage } from "node:http";
import { HotcellError } from "../../errors.ts";
import { beginning } from "../../text/cut.ts";

/**
 * Makes the head of a request fit for the app: HTTP/1.0 needs no Host, so it gets that of the target, or `own`, which lets
 * it in, because no browser sends HTTP/1.0. Gives the error for what is ambiguous: nobody may read it one way and we another.
 */
export function settleHead(request: IncomingMessage, own: string): HotcellError | undefined {
  const { httpVersion, httpVersionMajor, rawHeaders, headers } = request;
  if (httpVersionMajor !== 1) {
    const none = httpVersionMajor < 1;
    return new HotcellError(
      "bad-request",
      none ? "The request line names no version of HTTP." : `HTTP/${httpVersion} is not spoken here.`,
      {
        ...(!none && { actual: `HTTP/${httpVersion}` }),
        expected: "HTTP/1.1 or HTTP/1.0",
        remedy: "Send GET /path HTTP/1.1 and a Host header.",
      },
    );
  }
  const old = httpVersion === "1.0";
  let host: string | undefined;
  let count = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!;
    if (name.length !== 4 || name.toLowerCase() !== "host") continue;
    count++;
    host = host === undefined ? rawHeaders[i + 1]! : `${host}, ${rawHeaders[i + 1]!}`;
  }
  if (count > 1) {
    return new HotcellError("bad-request", `The request has ${count} Host headers.`, {
      subject: "Host",
      actual: beginning(host!, 255),
      expected: "one",
      remedy: "Send one Host header (RFC 9112, section 3.2).",
    });
  }
  if (count === 0 && !old) {
    return new HotcellError("bad-request", "The request has no Host header.", {
      subject: "Host",
      expected: "one",
      remedy: "Send a Host header (RFC 9112, section 3.2), or HTTP/1.0, which needs none.",
    });
  }
  const codings = headers["transfer-encoding"];
  // RFC 9112, section 6.1: something between that knows no chunks has read another body.
  if (codings !== undefined && old) {
    return new HotcellError("bad-request", "HTTP/1.0 has no Transfer-Encoding.", {
      subject: "Transfer-Encoding",
      actual: beginning(codings, 255),
      expected: "Content-Length",
      remedy: "Send Content-Length in its place, or HTTP/1.1.",
    });
  }
  if (codings !== undefined && !/^\s*chunked\s*$/i.test(codings)) {
    return new HotcellError("bad-request", "The only transfer coding that is taken is chunked.", {
      subject: "Transfer-Encoding",
      actual: beginning(codings, 255),
      expected: "chunked",
      remedy: "Send a compressed body with Content-Encoding in place of Transfer-Encoding.",
    });
  }
  const url = request.url ?? "";
  // Most parsers of Node refuse them by themselves; the others read each byte as a letter.
  if (beyondAscii.test(url)) return unescapedTarget();
  const named = url.startsWith("/") ? undefined : hostOfTarget(url);
  if (host === undefined) {
    rawHeaders.push("Host", named ?? own);
    headers.host = named ?? own;
    return undefined;
  }
  if (named === undefined || URL.parse(`http://${host}`)?.host === named) return undefined;
  return new HotcellError("bad-request", "The request's target names another host than its Host header.", {
    subject: "Host",
    actual: beginning(host, 255),
    expected: beginning(named, 255),
    remedy: "Send the path alone as the target, or the same host in both.",
  });
}

const beyondAscii = /[\x80-\xff]/;

/** The error for a target with characters that no URL has. */
export function unescapedTarget(): HotcellError {
  return new HotcellError("bad-request", "The URL has characters that must be percent-encoded.", {
    expected: "ASCII without spaces and control characters",
    remedy: `Percent-encode them as UTF-8: curl -G --data-urlencode "name=value" URL does.`,
  });
}

/** Host of a target that is a whole URL; undefined for what is none of ours, which is refused where it is looked at. */
function hostOfTarget(target: string): string | undefined {
  const { host, protocol } = URL.parse(target) ?? {};
  return protocol === "http:" || protocol === "https:" ? host : undefined;
}
