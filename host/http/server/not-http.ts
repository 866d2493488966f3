/** Answers to what never becomes a request: what Node's parser refuses, or is tired of waiting for. */

import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { HotcellError } from "../../errors.ts";
import { problemText } from "../answer/problem.ts";
import { problemHeaders } from "../answer/respond.ts";
import { unescapedTarget } from "./request-head.ts";

/** Error of ours for what Node's parser says about a connection; undefined where nobody is there to be told. */
export function parserProblem({ code = "", message }: NodeJS.ErrnoException): HotcellError | undefined {
  switch (code) {
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return new HotcellError("request-timeout", "The request did not arrive in time.");
    case "HPE_HEADER_OVERFLOW":
      return new HotcellError("headers-too-large", "The request line and the header are too large.");
    case "HPE_CHUNK_EXTENSIONS_OVERFLOW":
      return new HotcellError("too-large", "The chunk extensions are too large.");
    case "ECONNRESET":
    case "EPIPE":
      return undefined;
    case "HPE_INVALID_URL":
      return unescapedTarget();
    default:
      return new HotcellError("bad-request", `This is not HTTP: ${message.replace(/^Parse Error: /, "")}.`);
  }
}

/** Answers without an HTTP server's help, and closes. */
export function answerAndClose(socket: Duplex, error: HotcellError, publicUrl?: string): void {
  const body = problemText(error, error.toProblem(), publicUrl);
  const fields = { ...problemHeaders, "content-length": Buffer.byteLength(body), connection: "close" };
  const header = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  const line = `HTTP/1.1 ${error.status} ${STATUS_CODES[error.status]}\r\n`;
  socket.on("error", () => {});
  socket.end(`${line}${header.join("")}\r\n${body}`, () => socket.destroy());
}
