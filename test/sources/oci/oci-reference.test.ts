import { expect, it } from "vitest";
import { parseChallenges } from "../../../host/sources/oci/auth-challenge.ts";
import { parseReference, printReference } from "../../../host/sources/oci/oci-reference.ts";
import { anyRegistry, readRegistries } from "../../../host/sources/oci/registry-rules.ts";
import { refusal } from "../../support/thrown.ts";

const digest = `sha256:${"ab".repeat(32)}`;

it.each([
  ["ghcr.io/acme/greet:1.2.0", { registry: "ghcr.io", repository: "acme/greet", tag: "1.2.0" }],
  [`ghcr.io/acme/greet@${digest}`, { registry: "ghcr.io", repository: "acme/greet", digest }],
  [
    `ghcr.io/a/b/c-d__e.f:v1@${digest}`,
    { registry: "ghcr.io", repository: "a/b/c-d__e.f", tag: "v1", digest },
  ],
  ["oci://127.0.0.1:5000/greet:x", { registry: "127.0.0.1:5000", repository: "greet", tag: "x" }],
  ["[::1]:5000/greet:x", { registry: "[::1]:5000", repository: "greet", tag: "x" }],
  ["localhost/greet:x", { registry: "localhost", repository: "greet", tag: "x" }],
  ["docker.io/library/greet:x", { registry: "docker.io", repository: "library/greet", tag: "x" }],
])("reads %s", (text, expected) => {
  const reference = parseReference(text);
  expect(reference).toEqual(expected);
  expect(printReference(reference)).toBe(text.replace("oci://", ""));
});

it.each([
  ["greet", /names no registry.*/],
  ["acme/greet:1", /names no registry/],
  ["docker.io/greet:1", /lacks a namespace/],
  ["ghcr.io/acme/greet", /neither a tag nor a digest/],
  ["ghcr.io/acme/greet:", /its tag is none/],
  ["ghcr.io/acme/greet:a/b", /its tag is none/],
  [`ghcr.io/acme/greet:${"a".repeat(129)}`, /its tag is none/],
  ["ghcr.io/Acme/greet:1", /its repository is none/],
  ["ghcr.io//greet:1", /its repository is none/],
  ["ghcr.io/../greet:1", /its repository is none/],
  ["ghcr.io/acme/greet@sha256:12", /its digest is none of SHA-256/],
  ["ghcr.io/acme/greet@sha512:12", /its digest is none of SHA-256/],
  ["user:pass@ghcr.io/acme/greet:1", /its registry is no host/],
  ["ghcr.io?x/acme/greet:1", /its registry is no host/],
  ["ghcr.io:99999/acme/greet:1", /its registry is no host/],
  ["1.2.3.999/acme/greet:1", /its registry is no host/],
  ["[::1::]:5000/greet:1", /its registry is no host/],
  [`ghcr.io/${"a".repeat(600)}:1`, /longer than 512 characters/],
  [`ghcr.io/${"a-".repeat(120)}:1`, /its repository is none/],
])("refuses %s", (text, why) => {
  const { code, message, facts } = refusal(() => parseReference(text));
  expect(code).toBe("bad-reference");
  expect(message).toMatch(why);
  expect(facts.remedy).toMatch(/^Write /);
});

it("reads challenges, several in a field too, and ends at what is none", () => {
  const read = (field: string) =>
    parseChallenges(field).map(({ scheme, parameters }) => [scheme, Object.fromEntries(parameters)]);
  expect(read('Bearer realm="https://auth.example/token",service="a, b",scope="repository:x:pull"')).toEqual([
    ["bearer", { realm: "https://auth.example/token", service: "a, b", scope: "repository:x:pull" }],
  ]);
  expect(read('Basic realm="a \\"b\\"", Bearer realm=c, service = "d"')).toEqual([
    ["basic", { realm: 'a "b"' }],
    ["bearer", { realm: "c", service: "d" }],
  ]);
  expect(read("Negotiate")).toEqual([["negotiate", {}]]);
  expect(read('realm="x"')).toEqual([]);
  expect(read('Bearer realm="unfinished')).toEqual([["bearer", {}]]);
  expect(read(`Bearer ${" ".repeat(100_000)}`)).toEqual([["bearer", {}]]);
});

it("pulls from what is named alone: a registry, or a part of one", () => {
  const rules = readRegistries(
    ["ghcr.io/acme", "registry.example:5000", "http://127.0.0.1:5001"],
    "registries",
  );
  for (const good of ["ghcr.io/acme/greet:1", "registry.example:5000/x:1", "127.0.0.1:5001/x:1"])
    expect(() => rules.require(parseReference(good))).not.toThrow();
  for (const bad of ["ghcr.io/acmes/greet:1", "registry.example/x:1", "127.0.0.1:5002/x:1"])
    expect(refusal(() => rules.require(parseReference(bad))).code).toBe("registry-not-allowed");
  expect(rules.originOf("127.0.0.1:5001")).toBe("http://127.0.0.1:5001");
  expect(rules.originOf("docker.io")).toBe("https://registry-1.docker.io");
  const policy = (url: string, of = "https://ghcr.io") => rules.policyFor(new URL(url), of);
  expect(policy("https://elsewhere.example/blob")).toBe("public");
  expect(policy("http://elsewhere.example/blob")).toBeUndefined();
  expect(policy("http://127.0.0.1:5001/blob", "http://127.0.0.1:5001")).toBe("private");
  expect(policy("http://127.0.0.1:5001/blob")).toBeUndefined();
});

it.each([
  [["http://ghcr.io"], /with TLS/],
  [["ghcr.io acme"], /registries such as/],
  [["https://user@ghcr.io"], /registries such as/],
  [["*.io"], /registries such as/],
  [Array<string>(101).fill("ghcr.io"), /at most 100/],
])("refuses %j as registries", (list, expected) => {
  const { code, facts } = refusal(() => readRegistries(list, "HOTCELL_REGISTRIES"));
  expect([code, facts.subject]).toEqual(["bad-settings", "HOTCELL_REGISTRIES"]);
  expect(facts.expected).toMatch(expected);
});

it("asks without TLS only what is of this machine", () => {
  expect(refusal(() => anyRegistry(true).require(parseReference("ghcr.io/a/b:1"))).code).toBe(
    "registry-not-allowed",
  );
  expect(anyRegistry(true).originOf("localhost:5000")).toBe("http://localhost:5000");
  expect(anyRegistry(false).originOf("localhost:5000")).toBe("https://localhost:5000");
});
