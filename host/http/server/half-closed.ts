/** Clients that have closed their side of a connection while their request is answered. */

import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";

/**
 * Milliseconds between interim answers. The first one meets a client that has left with a reset, which shows at the next
 * one: so there is one for each distance that it may have to come from. Some clients take no more than five.
 */
const pauses = [20, 250, 2_500];

/** Milliseconds in which nothing comes of an answer, after which its client is taken to have left. */
const silence = 50;

/**
 * Asks whether a client that will send no more is there still: HTTP lets it wait for the answer so, and on the wire it looks
 * like one that is gone. Who waits takes `100 Continue` at any time (RFC 9110, section 15.2); who is gone resets the
 * connection. HTTP/1.0 has no such answers, and is taken to wait. For a server with `httpAllowHalfOpen`.
 */
export function askHalfClosed(socket: Socket): void {
  const response = answerUnderWay(socket);
  if (response === undefined) return;
  if (response.headersSent) {
    endInSilence(socket, response);
    return;
  }
  let asked = 0;
  let timer: NodeJS.Timeout | undefined;
  const ask = () => {
    if (response.headersSent || socket.destroyed) return;
    response.writeContinue();
    const pause = pauses[asked++];
    if (pause !== undefined) timer = setTimeout(ask, pause).unref();
  };
  if (response.req.httpVersionMinor > 0) ask();
  response.once("close", () => {
    clearTimeout(timer);
    // The next one that came in one piece with it.
    if (!socket.destroyed) process.nextTick(askHalfClosed, socket);
  });
}

/**
 * Goes on with an answer that has begun as long as something of it comes: a client that is gone resets the connection then. One
 * that waits for something to happen, as event streams do, would never notice, and so it ends.
 */
function endInSilence(socket: Socket, response: ServerResponse): void {
  let before = -1;
  const look = () => {
    if (response.writableEnded || socket.destroyed) return;
    const { bytesWritten, writableLength } = socket;
    // What the client has yet to take is no silence of ours.
    if (bytesWritten === before && writableLength === 0) socket.end();
    else setTimeout(look, silence).unref();
    before = bytesWritten;
  };
  look();
}

/** The answer that is being written on a connection: others that came in one piece with it have no connection yet. */
export function answerUnderWay(socket: Socket): ServerResponse | undefined {
  return (socket as Socket & { readonly _httpMessage?: ServerResponse | null })._httpMessage ?? undefined;
}
