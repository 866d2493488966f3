import { alwaysWithin, type Capability, checkNothing, wasi02 } from "../capability.ts";
import { refusing } from "../kit/refusing.ts";

/** `wasi:filesystem`: there are no files. Without a folder that is open from the start none can be opened. */
export const filesystem: Capability = {
  name: "filesystem",
  offers: wasi02(["wasi:filesystem/types", "wasi:filesystem/preopens"], { free: true }),
  check: checkNothing,
  within: alwaysWithin,
  bind() {
    const interfaces = {
      "wasi:filesystem/types": {
        ...refusing("wasi:filesystem/types", "not-permitted"),
        filesystemErrorCode: () => undefined,
      },
      "wasi:filesystem/preopens": { getDirectories: () => [] },
    };
    return { supply: () => ({ interfaces }) };
  },
};
