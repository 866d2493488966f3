/** Hosts of a test file that close by themselves: one for all of its tests, or one for each. */
import { afterAll, afterEach, beforeEach } from "vitest";
import { createHost, type Host, type HostOptions } from "../../host/host.ts";
import type { Callable, Registry } from "../../host/registry/api.ts";
import { RawClient } from "./raw-client.ts";
import { startTestHost, type TestHost, type TestHostOptions } from "./test-host.ts";

/** A host behind a server, for all tests of the file. */
export async function hostOfFile(options?: TestHostOptions): Promise<TestHost> {
  const host = await startTestHost(options);
  afterAll(() => host.close());
  return host;
}

/** A host behind a server for each test that starts one, and the clients that tests connect to it. */
export interface StartedHosts {
  /** The one started last. */
  readonly host: TestHost;
  start(options?: TestHostOptions): Promise<void>;
  connect(): Promise<RawClient>;
  /** Ends the connections made so far. */
  disconnect(): void;
}

/** Hosts that tests of the file start as each needs it; `defaults` hold where a test says nothing else. */
export function hostsOfTests(defaults: TestHostOptions = {}): StartedHosts {
  let host: TestHost | undefined;
  const clients: RawClient[] = [];
  const disconnect = () => {
    for (const { socket } of clients.splice(0)) socket.destroy();
  };
  afterEach(async () => {
    disconnect();
    await host?.close();
    host = undefined;
  });
  return {
    host: standingFor(() => host!),
    start: async (options) => {
      host = await startTestHost({ ...defaults, ...options });
    },
    connect: async () => {
      const client = await RawClient.open(host!);
      clients.push(client);
      return client;
    },
    disconnect,
  };
}

/** A host without a server for each test of the file, and its registry. */
export function hostOfEachTest(options?: HostOptions): { readonly host: Host; readonly registry: Registry } {
  let host: Host;
  beforeEach(async () => {
    host = await createHost({ log: () => {}, ...options });
  });
  afterEach(() => host.close());
  return { host: standingFor(() => host), registry: standingFor(() => host.registry) };
}

/** An object that stands for the present one: what is read of it and called on it is the present one's. */
function standingFor<T extends object>(present: () => T): T {
  return new Proxy({} as T, {
    get(_, name) {
      const target = present();
      const value: unknown = Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

/** Function of a plugin that runs already, so that there is nothing to wait for. */
export function awake(found: Callable | Promise<Callable>): Callable {
  if (found instanceof Promise) throw new Error("The plugin does not run yet.");
  return found;
}
