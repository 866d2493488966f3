import { ComponentError } from "../../errors.ts";
import { type Capability, wasi02 } from "../capability.ts";
import { refused } from "../kit/common-prices.ts";
import { refusing } from "../kit/refusing.ts";
import { GuestExchange } from "./guest-exchange.ts";
import type { HttpCell } from "./http-cell.ts";
import { httpPrices } from "./http-prices.ts";
import { httpTypes } from "./http-types.ts";
import { httpWit } from "./http-wit.ts";
import { IncomingRequest, ResponseOutparam } from "./incoming-messages.ts";

/** Thrown again and again: making an error takes microseconds, and guests see nothing but its payload. */
const denied = new ComponentError({ tag: "HTTP-request-denied" }, "The plugin may send no requests.");

/** Functions by which a handler may come to wait for its client. */
const waits = [
  "wasi:http/types#[method]future-trailers.subscribe",
  "wasi:io/streams#[method]input-stream.blocking-read",
  "wasi:io/streams#[method]input-stream.blocking-skip",
  "wasi:io/streams#[method]input-stream.subscribe",
  "wasi:io/streams#[method]output-stream.blocking-write-and-flush",
  "wasi:io/streams#[method]output-stream.blocking-flush",
  "wasi:io/streams#[method]output-stream.blocking-write-zeroes-and-flush",
  "wasi:io/streams#[method]output-stream.blocking-splice",
  "wasi:io/streams#[method]output-stream.subscribe",
];

/** `wasi:http`: a guest answers the requests that its handler is given. Sending one of its own is denied. */
export const http: Capability = {
  name: "http",
  offers: wasi02(["wasi:http/types", "wasi:http/outgoing-handler"], { free: true }),
  wit: { "wasi:http": httpWit },
  prices: { "wasi:http/types": httpPrices, "wasi:http/outgoing-handler": { handle: refused } },
  bind(_settings, { plugin, serves, typesOf }) {
    const absent = refusing("wasi:http/types", typesOf, undefined);
    return {
      waits: serves ? waits : [],
      supply(context) {
        const cell: HttpCell = { ...context, exchange: undefined };
        const leave = () => {
          cell.exchange = undefined;
        };
        return {
          interfaces: {
            "wasi:http/types": { ...absent, ...httpTypes(cell) },
            "wasi:http/outgoing-handler": {
              handle(request: Disposable, options: Disposable | undefined): never {
                request[Symbol.dispose]();
                options?.[Symbol.dispose]();
                throw denied;
              },
            },
          },
          handle(exchange, limits) {
            const handled = new GuestExchange(plugin, exchange, limits);
            cell.exchange = handled;
            handled.args = [new IncomingRequest(cell, handled), new ResponseOutparam(cell, handled)];
            return handled;
          },
          reset: leave,
          release: leave,
        };
      },
    };
  },
};
