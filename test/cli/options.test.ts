import { describe, expect, it } from "vitest";
import { serverOptions } from "../../host/cli/options.ts";

describe("serverOptions", () => {
  it("has defaults, also where a variable is empty", () => {
    const defaults = {
      host: "127.0.0.1",
      port: 8787,
      data: ".hotcell",
      allowedHosts: [],
      privateCalls: false,
      keepVersions: 20,
    };
    expect(serverOptions({})).toEqual(defaults);
    expect(serverOptions({ HOTCELL_HOST: "", HOTCELL_PORT: "", HOTCELL_TOKEN: "" })).toEqual(defaults);
  });

  it("takes the environment, and options before it", () => {
    const environment = {
      HOTCELL_HOST: "0.0.0.0",
      HOTCELL_PORT: "1",
      HOTCELL_DATA: "data",
      HOTCELL_TOKEN: "t",
      HOTCELL_ALLOWED_HOSTS: "a.example, b.example,",
      HOTCELL_PRIVATE_CALLS: "true",
      HOTCELL_KEEP_VERSIONS: "5",
    };
    expect(serverOptions(environment)).toEqual({
      host: "0.0.0.0",
      port: 1,
      data: "data",
      token: "t",
      allowedHosts: ["a.example", "b.example"],
      privateCalls: true,
      keepVersions: 5,
    });
    const line = {
      host: "::1",
      port: "0",
      data: "d",
      token: "u",
      "allowed-host": ["c.example"],
      "keep-versions": "7",
    };
    expect(serverOptions(environment, line)).toEqual({
      host: "::1",
      port: 0,
      data: "d",
      token: "u",
      allowedHosts: ["c.example"],
      privateCalls: true,
      keepVersions: 7,
    });
    expect(() => serverOptions({ HOTCELL_PRIVATE_CALLS: "perhaps" })).toThrow("HOTCELL_PRIVATE_CALLS");
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
