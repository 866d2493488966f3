import { describe, expect, it } from "vitest";
import { createAccess } from "../../host/access/access.ts";
import { isLoopback } from "../../host/access/loopback.ts";
import type { Permission } from "../../host/access/scopes.ts";
import { HotcellError } from "../../host/errors.ts";

const reading: Permission[] = ["list", "read", "download", "events"];
const all: Permission[] = ["health", "call", ...reading, "deploy", "settings", "remove", "tokens"];

function codeOf(work: () => void): string {
  try {
    work();
    return "allowed";
  } catch (error) {
    if (error instanceof HotcellError) return error.code;
    throw error;
  }
}

function headers(fields: Record<string, string> = {}): Headers {
  return new Headers({ host: "localhost:8787", ...fields });
}

describe("permissions", () => {
  const withoutToken = (address: string) => {
    const access = createAccess({ token: "secret", address });
    return all.filter((permission) => codeOf(() => access.check(permission, headers())) === "allowed");
  };

  it("leaves health, calls and reads open on a loopback address", () => {
    for (const address of ["127.0.0.1", "127.1.2.3", "::1", "0:0:0:0:0:0:0:1", "localhost", "LocalHost"]) {
      expect(withoutToken(address)).toEqual(["health", "call", "list", "read"]);
    }
  });

  it("leaves only health and calls open elsewhere", () => {
    for (const address of ["0.0.0.0", "::", "192.0.2.1", "example.org", "127.example.org"]) {
      expect(withoutToken(address)).toEqual(["health", "call"]);
    }
  });

  it("opens everything to the token, whatever the case of the scheme", () => {
    const access = createAccess({ token: "secret", address: "0.0.0.0" });
    for (const authorization of ["Bearer secret", "bearer secret", "BEARER   secret "]) {
      for (const permission of all) access.check(permission, headers({ authorization }));
    }
  });

  it.each([
    "Bearer wrong",
    "Bearer secre",
    "Bearer secrets",
    "Bearer SECRET",
    "Bearer",
    "Bearer ",
    "Basic secret",
    "secret",
    "Bearer secret secret",
  ])("refuses Authorization: %s", (authorization) => {
    const access = createAccess({ token: "secret", address: "127.0.0.1" });
    expect(codeOf(() => access.check("deploy", headers({ authorization })))).toBe("unauthorized");
  });

  it("refuses what needs a token where none is set up", () => {
    const access = createAccess({ address: "0.0.0.0" });
    access.check("call", headers());
    for (const authorization of ["Bearer ", "Bearer undefined"]) {
      expect(codeOf(() => access.check("deploy", headers({ authorization })))).toBe("unauthorized");
    }
  });
});

describe("Host", () => {
  const check = (host: string | undefined, address = "127.0.0.1", allowedHosts: string[] = []) =>
    codeOf(() =>
      createAccess({ token: "t", address, allowedHosts }).check("health", new Headers(host ? { host } : {})),
    );

  it.each(["localhost", "LocalHost:1", "127.0.0.1:8787", "127.0.0.1", "[::1]:8787", "[::1]"])(
    "may be %s on loopback",
    (host) => expect(check(host)).toBe("allowed"),
  );

  it.each([
    "evil.example",
    "evil.example:8787",
    "localhost.evil.example",
    "localhost:8787:1",
    "localhost@evil.example",
    "127.0.0.2",
    "[::2]",
    "::1",
    undefined,
  ])("may not be %s on loopback", (host) => expect(check(host)).toBe("forbidden-host"));

  it("may be the bound address and the names the owner allows", () => {
    expect(check("127.0.0.2:8787", "127.0.0.2")).toBe("allowed");
    expect(check("plugins.example:8787", "127.0.0.1", ["Plugins.example"])).toBe("allowed");
  });

  it("is checked off loopback only where the owner names some", () => {
    expect(check("any.example", "0.0.0.0")).toBe("allowed");
    expect(check("any.example", "0.0.0.0", ["plugins.example"])).toBe("forbidden-host");
    expect(check("plugins.example", "0.0.0.0", ["plugins.example"])).toBe("allowed");
  });

  it("is checked anew for each request", () => {
    const access = createAccess({ token: "t", address: "127.0.0.1" });
    access.check("health", new Headers({ host: "localhost" }));
    expect(codeOf(() => access.check("health", new Headers({ host: "evil.example" })))).toBe(
      "forbidden-host",
    );
    access.check("health", new Headers({ host: "localhost" }));
  });
});

it("knows loopback addresses from names that look like one", () => {
  expect(["127.0.0.1", "127.255.0.1", "::1", "::ffff:127.0.0.1", "localhost"].every(isLoopback)).toBe(true);
  expect(["0.0.0.0", "::", "127.evil.example", "localhost.example", "1127.0.0.1"].some(isLoopback)).toBe(
    false,
  );
});
