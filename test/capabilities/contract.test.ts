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
  filesystem: notGrantable("filesystem"),
  sockets: notGrantable("sockets"),
  http: notGrantable("http"),
};

it("is run over the whole table", () => {
  expect(Object.keys(expectations)).toEqual(capabilities.map(({ name }: Capability) => name));
});

for (const capability of capabilities) capabilityContract(capability, expectations[capability.name]!);
