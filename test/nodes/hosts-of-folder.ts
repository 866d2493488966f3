/** Hosts that share a data folder, for each test of a file a folder and hosts of its own. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, type Mock, vi } from "vitest";
import { createHost, type Host, type HostOptions } from "../../host/host.ts";

interface HostsOfFolder {
  /** The test's folder. */
  readonly data: string;
  /** What ends with the test; hosts are among it. */
  readonly opened: AsyncDisposableStack;
  /** What hosts say on standard error. */
  readonly said: Mock<typeof console.error>;
  start(options?: HostOptions): Promise<Host>;
}

/** To be called once in a file. */
export function hostsOfFolder(): HostsOfFolder {
  let data: string;
  let opened: AsyncDisposableStack;
  let said: Mock<typeof console.error>;
  beforeEach(async () => {
    opened = new AsyncDisposableStack();
    data = await mkdtemp(join(tmpdir(), "hotcell-sharing-"));
    opened.defer(() => rm(data, { recursive: true }));
    said = vi.spyOn(console, "error").mockImplementation(() => {});
  });
  afterEach(async () => {
    await opened.disposeAsync();
    said.mockRestore();
  });
  return {
    get data() {
      return data;
    },
    get opened() {
      return opened;
    },
    get said() {
      return said;
    },
    start: async (options = {}) =>
      opened.use(await createHost({ data, shareData: true, log: () => {}, ...options })),
  };
}
