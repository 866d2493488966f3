import { type Capability, type GrantForm, wasi02 } from "../capability.ts";
import { refused } from "../kit/common-prices.ts";
import { streamWaits } from "../kit/streams.ts";
import { GuestExchange } from "./guest-exchange.ts";
import type { HttpCell } from "./http-cell.ts";
import { httpPrices, sent } from "./http-prices.ts";
import { httpRepeats } from "./http-repeats.ts";
import { httpTypes } from "./http-types.ts";
import { httpWit } from "./http-wit.ts";
import { IncomingRequest, ResponseOutparam } from "./incoming-messages.ts";
import { outgoingGrant } from "./outgoing-grant.ts";
import { handle } from "./sent/outgoing-handler.ts";
import type { OutgoingRequest } from "./sent/outgoing-request.ts";
import type { RequestOptions } from "./sent/request-options.ts";
import { httpClient } from "./sent/sent-request.ts";

/** Functions by which a guest may come to wait for its client, or for a server. */
const waits = [
  "wasi:http/types#[method]future-incoming-response.subscribe",
  "wasi:http/types#[method]future-trailers.subscribe",
  ...streamWaits,
];

/**
 * `wasi:http`: a guest answers the requests that its handler is given, and sends those that it is granted. Without a grant
 * sending one is denied.
 */
export const http: Capability = {
  name: "http",
  grant: outgoingGrant as GrantForm<unknown>,
  offers: wasi02(["wasi:http/types", "wasi:http/outgoing-handler"], { free: true }),
  wit: { "wasi:http": httpWit },
  backends: [httpClient],
  repeats: { "wasi:http/types": httpRepeats },
  // It gives a future, which a guest has to wait for.
  suspends: ["wasi:http/outgoing-handler#handle"],
  prices: { "wasi:http/types": httpPrices, "wasi:http/outgoing-handler": { handle: refused } },
  bind(settings, { plugin, serves }) {
    const granted = settings !== undefined;
    return {
      waits: serves || granted ? waits : [],
      ...(granted && { prices: { "wasi:http/outgoing-handler": { handle: sent } } }),
      supply(context) {
        const client = granted ? context.backend(httpClient) : undefined;
        const cell: HttpCell = { ...context, exchange: undefined, client };
        const leave = () => {
          cell.exchange = undefined;
        };
        return {
          interfaces: {
            "wasi:http/types": httpTypes(cell),
            "wasi:http/outgoing-handler": {
              handle: (request: OutgoingRequest, options: RequestOptions | undefined) =>
                handle(cell, request, options),
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
