import { expect, it } from "vitest";
import type { Capability } from "../../host/capabilities/capability.ts";
import { capabilities } from "../../host/capabilities/table.ts";
import { capabilityContract, type Expectations } from "./contract.ts";

/** What nobody can be granted, because it is given to all. */
const notGrantable = (name: string): Expectations => ({ good: [], bad: [[true, `grants.${name}`]] });

const expectations: Readonly<Record<string, Expectations>> = {
  clocks: {
    good: [true, false, {}, { resolution: 100 }, { fixed: "2026-11-22T10:15:02Z" }],
    bad: [
      [1, "grants.clocks"],
      [{ fixed: "today" }, "grants.clocks.fixed"],
      [{ resolution: 0 }, "grants.clocks.resolution"],
      [{ resolution: 1e9 }, "grants.clocks.resolution"],
      [{ zone: "UTC" }, "grants.clocks.zone"],
      [{ secret: "UTC" }, "grants.clocks.secret"],
      [{ fixed: { secret: "today" } }, "grants.clocks.fixed"],
    ],
  },
  random: {
    good: [true, false, { seed: 7 }],
    bad: [
      ["yes", "grants.random"],
      [{ seed: -1 }, "grants.random.seed"],
      [{ seed: 0.5 }, "grants.random.seed"],
    ],
  },
  logging: {
    good: [true, false, {}],
    bad: [
      ["all", "grants.logging"],
      [{ level: "info" }, "grants.logging.level"],
    ],
  },
  env: notGrantable("env"),
  io: notGrantable("io"),
  cli: notGrantable("cli"),
  files: {
    good: [
      true,
      false,
      {},
      { quota: { bytes: 1000 }, mounts: [{ at: "/" }] },
      { quota: { files: 0 }, mounts: [{ at: "/a b/c", readonly: true }, { at: "/a" }] },
    ],
    bad: [
      [1, "grants.files"],
      [{ quota: 5 }, "grants.files.quota"],
      [{ quota: { bytes: -1 } }, "grants.files.quota.bytes"],
      [{ quota: { bytes: 2 ** 40 } }, "grants.files.quota.bytes"],
      [{ quota: { files: 0.5 } }, "grants.files.quota.files"],
      [{ quota: { inodes: 5 } }, "grants.files.quota.inodes"],
      [{ mounts: [] }, "grants.files.mounts"],
      [{ mounts: { "/data": {} } }, "grants.files.mounts"],
      [{ mounts: [{ at: "data" }] }, "grants.files.mounts.0.at"],
      [{ mounts: [{ at: "/data/../etc" }] }, "grants.files.mounts.0.at"],
      [{ mounts: [{ at: "/data/" }] }, "grants.files.mounts.0.at"],
      [{ mounts: [{ at: `/${"n".repeat(256)}` }] }, "grants.files.mounts.0.at"],
      [{ mounts: [{ at: "/a", path: "/etc" }] }, "grants.files.mounts.0.path"],
      [{ mounts: [{ at: "/a/b" }, { at: "/a" }] }, "grants.files.mounts"],
      [{ mounts: [{ at: "/" }, { at: "/a" }] }, "grants.files.mounts"],
    ],
  },
  sockets: notGrantable("sockets"),
  http: {
    good: [
      { allow: [] },
      {
        allow: ["https://api.example.com/v1/*", "GET|HEAD https://*.example.org", "http://[::1]:8080/x", "*"],
      },
      { allow: ["https://*:*"], redirects: 10, private: true, timeouts: { connect: 1, whole: 3_600_000 } },
      {
        allow: ["https://a.example"],
        secrets: { "https://a.example": { header: "Authorization", value: { secret: "Bearer x" } } },
      },
      { allow: [], requestBytes: 1, responseBytes: 1, requestsPerSecond: 1, concurrent: 1 },
    ],
    bad: [
      [true, "grants.http"],
      [{}, "grants.http.allow"],
      [{ allow: "https://a.example" }, "grants.http.allow"],
      [{ allow: [1] }, "grants.http.allow.0"],
      [{ allow: ["*", "a.example"] }, "grants.http.allow.1"],
      [{ allow: [], redirects: 11 }, "grants.http.redirects"],
      [{ allow: [], private: "yes" }, "grants.http.private"],
      [{ allow: [], timeouts: { connect: 0 } }, "grants.http.timeouts.connect"],
      [{ allow: [], timeouts: { all: 1 } }, "grants.http.timeouts.all"],
      [{ allow: [], concurrent: 1e6 }, "grants.http.concurrent"],
      [{ allow: [], secrets: { "a.example": { header: "a", value: "b" } } }, "grants.http.secrets.a.example"],
      [{ allow: [], secrets: { "*": { header: "a", value: "b" } } }, "grants.http.secrets.*"],
      [
        { allow: [], secrets: { "https://a.example": { header: "host", value: "b" } } },
        "grants.http.secrets.https://a.example.header",
      ],
      [
        { allow: [], secrets: { "https://a.example": { header: "a", value: "plain" } } },
        "grants.http.secrets.https://a.example.value",
      ],
      [
        { allow: [], secrets: { "https://a.example": { header: "a", value: { secret: "b\r\nc: d" } } } },
        "grants.http.secrets.https://a.example.value",
      ],
    ],
  },
  plugins: {
    good: [
      true,
      false,
      {},
      { "acme:tax/rates": "tax" },
      { "acme:tax/rates@1.0.0": "tax", "a:b/c": "t42-tax" },
    ],
    bad: [
      ["tax", "grants.plugins"],
      [["tax"], "grants.plugins"],
      [{ "acme:tax/rates": true }, "grants.plugins.acme:tax/rates"],
      [{ "acme:tax/rates": "Not A Name" }, "grants.plugins.acme:tax/rates"],
      [{ "acme:tax/rates": { secret: "tax" } }, "grants.plugins.acme:tax/rates"],
      [{ rates: "tax" }, "grants.plugins.rates"],
    ],
  },
  kv: {
    good: [
      true,
      false,
      {},
      { buckets: { default: {}, rates: { shared: "shop/rates", readonly: true } } },
      {
        buckets: { rates: { sharedWith: ["tax-*"] } },
        bytes: 1_000,
        keys: 10,
        keyBytes: 4_096,
        valueBytes: 0,
      },
    ],
    bad: [
      [{ buckets: { "": {} } }, "grants.kv.buckets."],
      [{ buckets: { "a/b": {} } }, "grants.kv.buckets.a/b"],
      [{ buckets: { a: { shared: "rates" } } }, "grants.kv.buckets.a.shared"],
      [{ buckets: { a: { readonly: 1 } } }, "grants.kv.buckets.a.readonly"],
      [{ bytes: -1 }, "grants.kv.bytes"],
      [{ keyBytes: 4_097 }, "grants.kv.keyBytes"],
      [{ valueBytes: 1e9 }, "grants.kv.valueBytes"],
      [{ quota: 5 }, "grants.kv.quota"],
    ],
  },
};

it("is run over the whole table", () => {
  expect(Object.keys(expectations)).toEqual(capabilities.map(({ name }: Capability) => name));
});

for (const capability of capabilities) capabilityContract(capability, expectations[capability.name]!);
