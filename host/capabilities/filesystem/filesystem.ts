import { type Capability, wasi02 } from "../capability.ts";
import { allRefused, allValues } from "../kit/common-prices.ts";
import { refusing } from "../kit/refusing.ts";
import { filesystemWit } from "./filesystem-wit.ts";

/** `wasi:filesystem`: there are no files. Without a folder that is open from the start none can be opened. */
export const filesystem: Capability = {
  name: "filesystem",
  offers: wasi02(["wasi:filesystem/types", "wasi:filesystem/preopens"], { free: true }),
  wit: { "wasi:filesystem": filesystemWit },
  prices: { "wasi:filesystem/types": allRefused, "wasi:filesystem/preopens": allValues },
  bind(_settings, { typesOf }) {
    const interfaces = {
      "wasi:filesystem/types": {
        ...refusing("wasi:filesystem/types", typesOf, "not-permitted"),
        filesystemErrorCode: () => undefined,
      },
      "wasi:filesystem/preopens": { getDirectories: () => [] },
    };
    return { supply: () => ({ interfaces }) };
  },
};
