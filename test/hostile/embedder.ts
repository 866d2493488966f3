/** Capability of an embedder's that plugins of the corpus call: `hostile:embedder/work`, with functions of each kind. */
import type { HostCapabilities } from "../../host/capabilities/own/own-table.ts";

const wit = `
package hostile:embedder;

interface work {
  resource thing { constructor(); touch: func(); }
  take: func(bytes: list<u8>) -> u32;
  give: func(bytes: u32) -> list<u8>;
  soon: func();
  never: func();
  things: func(count: u32) -> list<thing>;
}`;

class Thing {
  touch() {}
  [Symbol.dispose]() {}
}

/** What callers leave under way counts against their plugin, which in tests is always the same. */
const concurrency = 100_000;

export const embedder: HostCapabilities = {
  "hostile:embedder/work": {
    ...{ grant: "embedder", wit, concurrency },
    functions: () => ({
      Thing,
      take: (bytes: Uint8Array) => bytes.length,
      give: (bytes: number) => new Uint8Array(bytes),
      soon: async () => {},
      never: async () => new Promise<void>(() => {}),
      things: (count: number) => Array.from({ length: Math.min(count, 100_000) }, () => new Thing()),
    }),
  },
};
