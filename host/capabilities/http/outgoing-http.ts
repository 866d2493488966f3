import { ComponentError } from "../../errors.ts";
import { type Capability, wasi02 } from "../capability.ts";
import { refused } from "../kit/common-prices.ts";
import { refusing } from "../kit/refusing.ts";
import { httpPrices } from "./http-prices.ts";
import { httpTypes } from "./http-types.ts";
import { httpWit } from "./http-wit.ts";

/** Thrown again and again: making an error takes microseconds, and guests see nothing but its payload. */
const denied = new ComponentError({ tag: "HTTP-request-denied" }, "The plugin may send no requests.");

/** `wasi:http`: a guest can make requests, and sending one is denied. Nothing comes in by it either. */
export const http: Capability = {
  name: "http",
  offers: wasi02(["wasi:http/types", "wasi:http/outgoing-handler"], { free: true }),
  wit: { "wasi:http": httpWit },
  prices: { "wasi:http/types": httpPrices, "wasi:http/outgoing-handler": { handle: refused } },
  bind(_settings, { typesOf }) {
    const absent = refusing("wasi:http/types", typesOf, undefined);
    return {
      supply: (cell) => ({
        interfaces: {
          "wasi:http/types": { ...absent, ...httpTypes(cell), httpErrorCode: () => undefined },
          "wasi:http/outgoing-handler": {
            handle(request: Disposable, options: Disposable | undefined): never {
              request[Symbol.dispose]();
              options?.[Symbol.dispose]();
              throw denied;
            },
          },
        },
      }),
    };
  },
};
