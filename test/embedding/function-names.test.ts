import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Plugin } from "../../host/embedding/plugin-api.ts";
import type { HotcellError } from "../../host/errors.ts";
import { createHost } from "../../host/host.ts";
import { pluginRoutes } from "../../host/http/embed.ts";
import { open } from "../../host/open.ts";
import { component } from "../guests/small-plugins.ts";
import { exampleWasm } from "../support/examples.ts";
import { awake } from "../support/hosts.ts";
import { refusal, thrownBy } from "../support/thrown.ts";

/** `tax-rate` in two interfaces, one in two versions, and `greet-user` on its own. */
const wasm = component(`
  (core module $m (func (export "f") (result i32) (i32.const 7)))
  (core instance $i (instantiate $m))
  (func $f (result u32) (canon lift (core func $i "f")))
  (instance $a (export "tax-rate" (func $f)) (export "only-here" (func $f)))
  (instance $b (export "tax-rate" (func $f)))
  (instance $c (export "version-of" (func $f)))
  (export "acme:shop/prices@1.2.0" (instance $a))
  (export "acme:shop/refunds@1.2.0" (instance $b))
  (export "acme:shop/about@1.2.0" (instance $c))
  (export "acme:shop/about@2.0.0" (instance $c))
  (export "greet-user" (func $f))`);

const host = await createHost();
const routes = pluginRoutes(host);
let plugin: Plugin;
beforeAll(async () => {
  plugin = await open(wasm);
  await host.registry.deploy("shop", wasm);
});
afterAll(async () => {
  await plugin.close();
  await host.close();
});

/** What each of the two front doors says; over HTTP a name is a part of a path. */
async function saidOf(name: string) {
  const answer = await routes.request(`/call/shop/${name.replace("#", "/")}`, { method: "POST" });
  const problem = (await answer.json()) as Record<string, unknown>;
  expect(answer.status).toBe(404);
  expect(problem.code).toBe("function-not-found");
  const error = (await thrownBy(() => plugin.lookup(name))) as HotcellError;
  expect(error.code).toBe("symbol-not-found");
  return {
    http: { detail: problem.detail, remedy: problem.remedy },
    code: { detail: error.message, remedy: error.facts.remedy },
  };
}

describe("a short name that several functions have", () => {
  it("is told with the names that say which, and these work", async () => {
    const { http, code } = await saidOf("tax-rate");
    expect(http).toEqual({
      detail: 'The live version of shop exports 2 functions "tax-rate": prices/tax-rate, refunds/tax-rate.',
      remedy: "Say which: prices/tax-rate, refunds/tax-rate.",
    });
    expect(code.detail).toContain('exports 2 functions "tax-rate": prices#tax-rate, refunds#tax-rate.');
    expect(code.remedy).toBe("Say which: prices#tax-rate, refunds#tax-rate.");
    expect(await (await routes.request("/call/shop/refunds/tax-rate", { method: "POST" })).json()).toBe(7);
    expect(plugin.lookup("refunds#tax-rate").name).toBe("acme:shop/refunds@1.2.0#tax-rate");
  });

  it("is told with whole names where the interfaces are called alike", async () => {
    const { http, code } = await saidOf("about#version-of");
    expect(http.remedy).toBe(
      "Say which: acme:shop/about@1.2.0/version-of, acme:shop/about@2.0.0/version-of.",
    );
    expect(code.remedy).toBe(
      "Say which: acme:shop/about@1.2.0#version-of, acme:shop/about@2.0.0#version-of.",
    );
    expect(plugin.lookup("acme:shop/about@2.0.0#version-of").name).toContain("@2.0.0");
  });

  it("counts in camelCase too", async () => {
    expect((await saidOf("taxRate")).code.remedy).toBe("Say which: prices#tax-rate, refunds#tax-rate.");
  });
});

describe("a function that is not there", () => {
  it.each([
    ["greet_user", "Did you mean greet-user?"],
    ["GreetUser", "Did you mean greet-user?"],
    ["get-user", "Did you mean greet-user?"],
    ["user", "Did you mean greet-user?"],
    ["price#only-here", "Did you mean prices#only-here?"],
    ["only-her", "Did you mean only-here?"],
    ["acme:shop/prices@2.0.0#only-here", "Did you mean acme:shop/prices@1.2.0#only-here?"],
  ])("%s: %s", async (name, remedy) => {
    const { code } = await saidOf(name);
    expect(code.remedy).toContain(remedy.replace("?", ""));
  });

  it("is told with what there is where nothing is like it", async () => {
    const { http, code } = await saidOf("frobnicate");
    expect(http.detail).toBe('The live version of shop exports no function "frobnicate".');
    expect(http.remedy).toBe(
      "Ask for one of: prices/tax-rate, only-here, refunds/tax-rate, acme:shop/about@1.2.0/version-of, acme:shop/about@2.0.0/version-of, greet-user.",
    );
    expect(code.remedy).not.toContain("mean");
    expect(code.remedy).toContain("greet-user");
  });
});

describe("an interface without a function", () => {
  it.each(["prices", "acme:shop/prices", "acme:shop/prices@1.2.0"])("%s", async (name) => {
    const { code } = await saidOf(name);
    expect(code.detail).toContain(`exports "${name}" as an interface, not as a function.`);
    expect(code.remedy).toBe("Ask for one of its functions: prices#tax-rate, only-here.");
  });
});

describe("a resource without a function", () => {
  it("is told with its functions", async () => {
    await using shapes = await open(exampleWasm("shapes"));
    const { message, facts } = refusal(() => shapes.lookup("sketch"));
    expect(message).toContain('exports "sketch" as a resource, not as a function.');
    expect(facts.remedy).toBe(
      "Ask for one of its functions: [constructor]sketch, [method]sketch.add, [method]sketch.area, [static]sketch.larger.",
    );
    expect(refusal(() => shapes.lookup("sketch.add")).facts.remedy).toBe("Did you mean [method]sketch.add?");
    const near = (facts.extra?.near ?? []) as string[];
    for (const name of near) expect(shapes.lookup(name).name).toContain("sketch");
  });
});

describe("lookup", () => {
  it("takes names as HTTP has them, and HTTP those that lookup has", async () => {
    expect(plugin.lookup("prices/tax-rate").name).toBe("acme:shop/prices@1.2.0#tax-rate");
    expect(plugin.lookup("acme:shop/prices/taxRate").name).toBe("acme:shop/prices@1.2.0#tax-rate");
    expect(awake(host.registry.callable("shop", "prices#tax-rate")).name).toBe(
      "acme:shop/prices@1.2.0#tax-rate",
    );
  });
});
