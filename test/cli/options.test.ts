import { availableParallelism } from "node:os";
import { describe, expect, it } from "vitest";
import { serverOptions } from "../../host/cli/server/server-options.ts";

describe("serverOptions", () => {
  it("has defaults, also where a variable is empty", () => {
    const defaults = {
      host: "127.0.0.1",
      port: 8787,
      data: ".hotcell",
      waitForData: 0,
      allowedHosts: [],
      privateCalls: false,
      keepVersions: 20,
      cors: [],
      trustProxy: false,
      ceilings: {},
    };
    expect(serverOptions({})).toEqual(defaults);
    expect(serverOptions({ HOTCELL_HOST: "", HOTCELL_PORT: "", HOTCELL_TOKEN: "" })).toEqual(defaults);
  });

  it("refuses what came as something else than UTF-8", () => {
    for (const name of ["HOTCELL_DATA", "HOTCELL_TOKEN", "HOTCELL_ALLOWED_HOSTS"]) {
      expect(() => serverOptions({ [name]: "caf\ufffd" })).toThrow(`${name} has bytes that are no UTF-8.`);
    }
    expect(() => serverOptions({ OTHER: "caf\ufffd" })).not.toThrow();
  });

  it("refuses an address of a store that is none, without a word of it, and what is only about one", () => {
    for (const value of ["redis://u:s3cret@h", "nats://s3cret@", "s3cret"]) {
      expect(() => serverOptions({ HOTCELL_STORE: value })).toThrow("HOTCELL_STORE is no address");
      expect(() => serverOptions({ HOTCELL_STORE: value })).not.toThrow("s3cret");
      expect(() => serverOptions({}, { store: value })).toThrow("--store is no address");
    }
    expect(() => serverOptions({ HOTCELL_NATS_REPLICAS: "3" })).toThrow("there is no store on NATS");
    const store = { HOTCELL_STORE: "nats://h", HOTCELL_NATS_REPLICAS: "2" };
    expect(() => serverOptions(store)).toThrow("HOTCELL_NATS_REPLICAS");
    expect(() => serverOptions({ HOTCELL_NODE_ADDRESS: "10.0.0.5" })).toThrow("there is no store on NATS");
    expect(() => serverOptions({ HOTCELL_OWN_KEYS: "true" })).toThrow(
      "HOTCELL_OWN_KEYS is set, and there is no",
    );
    expect(() => serverOptions({}, { "own-keys": true })).toThrow("--own-keys is set, and there is no");
    for (const address of ["0.0.0.0:1", "[::]:1", "a:b:c", "a:70000", "http://a", "[a.b]", ""]) {
      const given = { store: "nats://h", "node-address": address };
      expect(() => serverOptions({}, given)).toThrow("--node-address is");
    }
  });

  it("takes the environment, and options before it", () => {
    const environment = {
      HOTCELL_HOST: "0.0.0.0",
      HOTCELL_PORT: "1",
      HOTCELL_DATA: "data",
      HOTCELL_WAIT_FOR_DATA: "30",
      HOTCELL_STORE: "tls://u:p@a,b:4223/plugins",
      HOTCELL_NATS_CREDS: "nats.creds",
      HOTCELL_NATS_CA: "ca.pem",
      HOTCELL_NATS_REPLICAS: "3",
      HOTCELL_NODE_ADDRESS: "10.0.0.5:7801",
      HOTCELL_OWN_KEYS: "true",
      HOTCELL_SHARE_DATA: "true",
      HOTCELL_TOKEN: "t",
      HOTCELL_ALLOWED_HOSTS: "a.example, b.example,",
      HOTCELL_PRIVATE_CALLS: "true",
      HOTCELL_CONSOLE: "false",
      HOTCELL_KEEP_VERSIONS: "5",
      HOTCELL_CORS: "https://a.example, http://localhost:3000",
      HOTCELL_TRUST_PROXY: "true",
      HOTCELL_ADMIN: "[::1]:8788",
      HOTCELL_ADMIN_HOSTS: "admin.example",
      HOTCELL_ADMIN_CORS: "https://console.example",
      HOTCELL_CEILINGS: "memory=1048576, queue=5, kv.bytes=1000",
      HOTCELL_ALLOW: "https://*.example.com, private",
      HOTCELL_REGISTRIES: "ghcr.io/acme, http://127.0.0.1:5000",
      HOTCELL_REGISTRY_AUTH: "config.json",
      HOTCELL_PLUGINS: "plugins",
      HOTCELL_PLUGINS_GONE: "remove",
      HOTCELL_ACCESS_LOG: "json",
      HOTCELL_TRACES: "0.01",
      HOTCELL_CELL_MEMORY: "24",
      HOTCELL_PROCESS_MEMORY: "512",
      HOTCELL_KV_DISK: "2048",
      HOTCELL_FILES_DISK: "4",
    };
    expect(serverOptions(environment)).toEqual({
      host: "0.0.0.0",
      port: 1,
      data: "data",
      waitForData: 30_000,
      store: {
        url: "tls://u:p@a,b:4223/plugins",
        credentials: "nats.creds",
        ca: "ca.pem",
        replicas: 3,
      },
      nodeAddress: "10.0.0.5:7801",
      ownKeys: true,
      shareData: true,
      token: "t",
      allowedHosts: ["a.example", "b.example"],
      privateCalls: true,
      console: false,
      keepVersions: 5,
      cors: ["https://a.example", "http://localhost:3000"],
      trustProxy: true,
      admin: {
        host: "::1",
        port: 8788,
        allowedHosts: ["admin.example"],
        cors: ["https://console.example"],
      },
      ceilings: { memory: 1_048_576, queue: 5, "kv.bytes": 1_000 },
      allow: ["https://*.example.com", "private"],
      registries: ["ghcr.io/acme", "http://127.0.0.1:5000"],
      registryAuth: "config.json",
      plugins: "plugins",
      pluginsGone: "remove",
      accessLog: "json",
      traces: 0.01,
      cellMemory: 24 * 1024 * 1024,
      processMemory: 512 * 1024 * 1024,
      kvDisk: 2_048 * 1024 * 1024,
      filesDisk: 4 * 1024 * 1024,
    });
    const line = {
      store: "nats://c/mine",
      host: "::1",
      port: "0",
      data: "d",
      "wait-for-data": "5",
      "share-data": true,
      token: "u",
      "allowed-host": ["c.example"],
      "keep-versions": "7",
      cors: ["https://b.example"],
      ceiling: ["fuel=5000"],
      allow: ["GET https://a.example/v1/*"],
      admin: "8789",
      "admin-host": ["other.example"],
      registry: ["registry.example"],
      "registry-auth": "other.json",
      plugins: "others",
      "plugins-gone": "keep",
      "access-log": "text",
      traces: "1",
      "cell-memory": "48",
      "process-memory": "96",
      "kv-disk": "3",
      "files-disk": "5",
    };
    expect(serverOptions(environment, line)).toEqual({
      host: "::1",
      port: 0,
      data: "d",
      waitForData: 5_000,
      store: { url: "nats://c/mine", credentials: "nats.creds", ca: "ca.pem", replicas: 3 },
      nodeAddress: "10.0.0.5:7801",
      ownKeys: true,
      shareData: true,
      token: "u",
      allowedHosts: ["c.example"],
      privateCalls: true,
      console: false,
      keepVersions: 7,
      cors: ["https://b.example"],
      trustProxy: true,
      admin: {
        host: "127.0.0.1",
        port: 8789,
        allowedHosts: ["other.example"],
        cors: ["https://console.example"],
      },
      ceilings: { fuel: 5_000 },
      allow: ["GET https://a.example/v1/*"],
      registries: ["registry.example"],
      registryAuth: "other.json",
      plugins: "others",
      pluginsGone: "keep",
      accessLog: "text",
      traces: 1,
      cellMemory: 48 * 1024 * 1024,
      processMemory: 96 * 1024 * 1024,
      kvDisk: 3 * 1024 * 1024,
      filesDisk: 5 * 1024 * 1024,
    });
    expect(serverOptions(environment, { "access-log": "off" })).not.toHaveProperty("accessLog");
    expect(() => serverOptions({ HOTCELL_ACCESS_LOG: "yes" })).toThrow("HOTCELL_ACCESS_LOG");
    for (const wrong of ["1.5", "-1", "1 %", "."])
      expect(() => serverOptions({ HOTCELL_TRACES: wrong })).toThrow("HOTCELL_TRACES");
    expect(serverOptions({}, { "no-console": true })).toMatchObject({ console: false });
    expect(serverOptions({ HOTCELL_CONSOLE: "true" })).not.toHaveProperty("console");
    expect(() => serverOptions({ HOTCELL_CONSOLE: "off" })).toThrow("HOTCELL_CONSOLE");
    expect(() => serverOptions({ HOTCELL_PRIVATE_CALLS: "perhaps" })).toThrow("HOTCELL_PRIVATE_CALLS");
    expect(() => serverOptions({ HOTCELL_PLUGINS_GONE: "delete" })).toThrow("HOTCELL_PLUGINS_GONE");
  });

  it.each(["*", "null", "console.example", "https://a.example/", "https://A.example", "ftp://a.example"])(
    "refuses %s as an origin, naming the option",
    (origin) => {
      expect(() => serverOptions({}, { cors: [origin] })).toThrow("--cors");
    },
  );

  it.each([
    "127.0.0.1",
    "127.0.0.1:",
    ":8788",
    "http://127.0.0.1:8788",
    "::1:8788",
    "a b:1",
    "127.0.0.1:99999",
  ])("refuses %s as the API's listener, naming the option", (admin) => {
    expect(() => serverOptions({}, { admin })).toThrow("--admin");
  });

  it("refuses names and origins of a listener that is not there", () => {
    expect(() => serverOptions({ HOTCELL_ADMIN_HOSTS: "a.example" })).toThrow("no listener of its own");
    expect(() => serverOptions({}, { "admin-cors": ["https://a.example"] })).toThrow(
      "no listener of its own",
    );
  });

  it.each(["memory", "memory=-1", "memory=1e9", "memori=5", "kv.byte=5", "__proto__=1"])(
    "refuses %s as a ceiling, naming the option",
    (ceiling) => {
      expect(() => serverOptions({}, { ceiling: [ceiling] })).toThrow("--ceiling");
    },
  );

  it.each(["0", "-1", "1.5", "lots"])("refuses a cell memory of %s MiB, naming the variable", (memory) => {
    expect(() => serverOptions({ HOTCELL_CELL_MEMORY: memory })).toThrow("HOTCELL_CELL_MEMORY");
  });

  it.each(["0", "-1", "1.5", "lots"])("refuses a process memory of %s MiB, naming the option", (memory) => {
    expect(() => serverOptions({}, { "process-memory": memory })).toThrow("--process-memory");
  });

  it.each(["0", "-1", "1.5", "lots"])("refuses a file of %s MiB, naming the option or variable", (disk) => {
    expect(() => serverOptions({}, { "kv-disk": disk })).toThrow("--kv-disk");
    expect(() => serverOptions({ HOTCELL_FILES_DISK: disk })).toThrow("HOTCELL_FILES_DISK");
  });

  it("takes a number of workers, or as many as the machine runs at a time, and none beside a store", () => {
    expect(serverOptions({ HOTCELL_WORKERS: "3" }).workers).toBe(3);
    expect(serverOptions({ HOTCELL_WORKERS: "3" }, { workers: "auto" }).workers).toBe(
      Math.min(availableParallelism(), 64),
    );
    for (const wrong of ["0", "65", "-1", "1.5", "many"])
      expect(() => serverOptions({}, { workers: wrong })).toThrow("--workers");
    expect(() => serverOptions({ HOTCELL_WORKERS: "2", HOTCELL_STORE: "nats://a/b" })).toThrow(
      "HOTCELL_WORKERS is set, and so is HOTCELL_STORE",
    );
  });

  it.each(["0", "-1", "many"])("refuses to keep %s versions, naming the option", (keep) => {
    expect(() => serverOptions({}, { "keep-versions": keep })).toThrow("--keep-versions");
  });

  it.each(["0", "65535"])("takes port %s", (port) => {
    expect(serverOptions({ HOTCELL_PORT: port }).port).toBe(Number(port));
  });

  it.each(["http", "-1", "65536", "80.5", "1e3", " 80", "0x50"])(
    "refuses port %s, naming the variable",
    (port) => {
      expect(() => serverOptions({ HOTCELL_PORT: port })).toThrow(
        expect.objectContaining({ code: "bad-settings", message: expect.stringContaining("HOTCELL_PORT") }),
      );
    },
  );

  it.each(["127.0.0.1", "localhost", "my-machine.example", "::", "[::1]", "fe80::1%eth0"])(
    "takes host %s",
    (host) => {
      expect(serverOptions({}, { host }).host).toBe(host.replace(/[[\]]/g, ""));
    },
  );

  it.each(["http://localhost", "localhost:8787", "a b", "", "/tmp/socket"])(
    "refuses host %j, naming the option",
    (host) => {
      expect(() => serverOptions({}, { host })).toThrow(
        expect.objectContaining({ code: "bad-settings", message: expect.stringContaining("--host") }),
      );
    },
  );
});
