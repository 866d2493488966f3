import { type Capability, wasi02 } from "../capability.ts";
import { poll, SuspendingPollable, suspendingPoll } from "../kit/pollable.ts";
import { IoError } from "../kit/streams.ts";
import { ioPrices } from "./io-prices.ts";
import { ioRepeats } from "./io-repeats.ts";
import { ioWit } from "./io-wit.ts";

/** `wasi:io`: streams and pollables. They give nothing by themselves: what they lead to needs its own grant. */
export const io: Capability = {
  name: "io",
  offers: wasi02(["wasi:io/error", "wasi:io/poll", "wasi:io/streams"], { free: true }),
  wit: { "wasi:io": ioWit },
  prices: ioPrices,
  repeats: ioRepeats,
  bind: () => ({
    supply: ({ Pollable, InputStream, OutputStream }) => ({
      interfaces: {
        "wasi:io/error": { Error: IoError },
        "wasi:io/poll": { Pollable, poll: Pollable === SuspendingPollable ? suspendingPoll : poll },
        "wasi:io/streams": { InputStream, OutputStream },
      },
    }),
  }),
};
