import { describe, expect, it } from "vitest";
import type { GrantReach } from "../../../host/capabilities/grant-reach.ts";
import { type AskedReaches, requireReaches } from "../../../host/registry/deploy/reaches.ts";
import { refusal } from "../../support/thrown.ts";

const reach = (plugin: string, what = "the interface acme:tax/rates"): GrantReach => ({
  plugin,
  what,
  permission: "call",
  leave: ({ linkable }, to) => linkable(to),
  leaving: (to) => ({ linkable: [to] }),
});

const asked = (given: Partial<AskedReaches>): AskedReaches => ({
  plugin: "checkout",
  before: [],
  after: [reach("tax")],
  settingsOf: () => undefined,
  mayReach: () => false,
  ...given,
});

describe("a grant that reaches another plugin", () => {
  it("is refused to who may not do as much with it, with what would mend that", () => {
    const error = refusal(() => requireReaches(asked({})));
    expect(error.toProblem()).toMatchObject({
      code: "forbidden",
      subject: "tax",
      scope: "call",
      detail:
        "checkout would reach the interface acme:tax/rates of the plugin tax, which takes the scope call for tax, or its own leave.",
    });
    expect(error.facts.remedy).toContain('PATCH /plugins/tax with {"linkable":["checkout"]}.');
  });

  it("is given to who may, asked for that plugin and permission", () => {
    const seen: unknown[] = [];
    requireReaches(asked({ mayReach: ({ plugin, permission }) => seen.push([plugin, permission]) > 0 }));
    expect(seen).toEqual([["tax", "call"]]);
  });

  it("is given where that plugin's settings give this one leave, and to no other", () => {
    const settingsOf = (plugin: string) =>
      plugin === "tax" ? { grants: {}, linkable: (to: string) => to === "checkout" } : undefined;
    expect(() => requireReaches(asked({ settingsOf }))).not.toThrow();
    expect(refusal(() => requireReaches(asked({ settingsOf, plugin: "other" }))).code).toBe("forbidden");
  });

  it("stays with whoever changes something else, and is a new one where it gives more", () => {
    expect(() => requireReaches(asked({ before: [reach("tax")] }))).not.toThrow();
    expect(refusal(() => requireReaches(asked({ before: [reach("tax", "nothing")] }))).code).toBe(
      "forbidden",
    );
    expect(refusal(() => requireReaches(asked({ before: [reach("toll")] }))).code).toBe("forbidden");
  });

  it("is given in code, where nobody is asked who may", () => {
    expect(() => requireReaches(asked({ mayReach: undefined }))).not.toThrow();
  });

  it("needs no leave of the plugin itself", () => {
    expect(() => requireReaches(asked({ after: [reach("checkout")] }))).not.toThrow();
  });
});
