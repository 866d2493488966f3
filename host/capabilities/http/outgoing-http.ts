import { ComponentError } from "../../errors.ts";
import { alwaysWithin, type Capability, checkNothing, wasi02 } from "../capability.ts";
import { refusing } from "../kit/refusing.ts";
import { httpTypes } from "./http-types.ts";

/** Thrown again and again: making an error takes microseconds, and guests see nothing but its payload. */
const denied = new ComponentError({ tag: "HTTP-request-denied" }, "The plugin may send no requests.");

/** `wasi:http`: a guest can make requests, and sending one is denied. Nothing comes in by it either. */
export const http: Capability = {
  name: "http",
  offers: wasi02(["wasi:http/types", "wasi:http/outgoing-handler"], { free: true }),
  check: checkNothing,
  within: alwaysWithin,
  bind() {
    const absent = refusing("wasi:http/types", undefined);
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
