import { afterAll, describe, expect, it } from "vitest";
import { suspending } from "../../host/engine/engine.ts";
import { ComponentError } from "../../host/errors.ts";
import { createHost } from "../../host/host.ts";
import { open } from "../../host/open.ts";
import type { SettingsInput } from "../../host/registry/settings/settings.ts";
import { cartGuest } from "../guests/cart-guest.ts";
import { importing } from "../guests/engine-components.ts";
import { component } from "../guests/small-plugins.ts";
import { refusal, refusalOf } from "../support/thrown.ts";

const host = await createHost();
afterAll(() => host.close());

const deployed = (wasm: Uint8Array, settings: SettingsInput = {}) =>
  refusalOf(host.registry.deploy("p", wasm, { settings }));
const opened = (wasm: Uint8Array, imports?: unknown) =>
  refusalOf(open(wasm, imports === undefined ? {} : { imports: imports as never }));

/** Says `7` through a function that it imports outside of interfaces. */
const asking = component(`
  (import "ask-me" (func $ask (param "n" u32) (result u32)))
  (core func $ask' (canon lower (func $ask)))
  (core module $m (import "e" "ask" (func $ask (param i32) (result i32)))
    (func (export "f") (result i32) (call $ask (i32.const 7))))
  (core instance $i (instantiate $m (with "e" (instance (export "ask" (func $ask'))))))
  (func (export "f") (result u32) (canon lift (core func $i "f")))`);
const interfaceOf = (id: string, members = '(export "do-it" (func))') =>
  component(`(import "${id}" (instance ${members}))`);
const files = interfaceOf(
  "acme:disk/files@1.0.0",
  `(export "open-file" (type $file (sub resource)))
   (export "[constructor]open-file" (func (result (own $file))))
   (export "[method]open-file.read-all" (func (param "self" (borrow $file)) (result u32)))
   (export "[static]open-file.newest" (func (result (own $file))))`,
);

describe("a function that is imported outside of interfaces", () => {
  it.each([
    ["by itself", { askMe: (n: number) => n * 6 }],
    ["in $root", { $root: { askMe: (n: number) => n * 6 } }],
    ["beside interfaces", { "acme:mail/send": {}, askMe: (n: number) => n * 6 }],
  ])("is given %s", async (_, imports) => {
    await using plugin = await open(asking, { imports });
    expect(plugin.lookup("f").as<() => number>("func() -> u32")()).toBe(42);
  });

  it("is refused with how to give it", async () => {
    const { message, facts } = await opened(asking);
    expect(message).toContain('ask-me (imports["$root"].askMe is missing)');
    expect(facts.remedy).toContain("by itself or in $root");
  });

  it("is refused by a host, which can't be given any, with who can", async () => {
    const { message, facts } = await deployed(asking);
    expect(message).toContain("ask-me (a host supplies interfaces only, and this is outside of them)");
    expect(facts.remedy).toBe(
      "Import it in an interface, or open the plugin in a program of yours that gives it: open(…, { imports: { askMe } }).",
    );
  });

  it.each([
    [{ "ask-me": () => 1 }, 'names there are in camelCase, and it has "ask-me"'],
    [{ AskMe: () => 1 }, "it has AskMe"],
    [{ $root: { askMee: () => 1 } }, "it has askMee"],
    [{ $root: { askMe: 5 } }, 'imports["$root"].askMe is a number, not a function'],
  ])("is refused as %j with what there is instead", async (imports, said) => {
    expect((await opened(asking, imports)).message).toContain(said);
  });
});

describe("imports that are none", () => {
  it.each([
    [[], "imports must be an object of interfaces and functions, but is an array."],
    ["x", "but is a string."],
    [
      { "acme:a/b": 5 },
      'imports["acme:a/b"] must be an object of functions, or a function, but is a number.',
    ],
    [{ "acme:a/b": null }, "but is null."],
  ])("%j", async (imports, said) => {
    const refused = await opened(asking, imports);
    expect(refused.code).toBe("bad-settings");
    expect(refused.message).toContain(said);
    expect(refused.facts.remedy).toContain("imports: {");
  });
});

describe("an interface that is imported", () => {
  it("is given under a compatible version's name", async () => {
    const wasm = interfaceOf("acme:mail/send@1.4.0");
    for (const id of ["acme:mail/send", "acme:mail/send@1.4.0", "acme:mail/send@1.2.0"])
      await (await open(wasm, { imports: { [id]: { doIt() {} } } })).close();
    const other = await opened(wasm, { "acme:mail/send@2.0.0": { doIt() {} } });
    expect(other.facts.remedy).toContain(
      "The plugin imports acme:mail/send@1.4.0, and imports has acme:mail/send@2.0.0",
    );
  });

  it("is refused with the one that is given and was meant", async () => {
    const { facts } = await opened(interfaceOf("acme:mail/send"), { "acme:mial/send": { doIt() {} } });
    expect(facts.remedy).toContain("The plugin imports acme:mail/send, and imports has acme:mial/send");
  });

  it("is refused with how to give it, and by a host with what it supplies", async () => {
    const wasm = interfaceOf("acme:mail/send@1.0.0");
    expect((await opened(wasm)).facts.remedy).toContain('open(…, { imports: { "acme:mail/send": { … } } })');
    const { remedy } = (await deployed(wasm)).facts;
    expect(remedy).not.toContain("open(");
    // First what an interface of nobody's standard is most often for.
    expect(remedy).toMatch(
      /^Link it to a plugin that exports it: settings {"grants":{"plugins":{"acme:mail\/send":"NAME"}}}\./,
    );
    expect(remedy).toContain(
      "Or build the plugin without acme:mail/send@1.0.0. The host can supply: wasi:clocks",
    );
  });

  it("is refused by a host with the link that has almost its name", async () => {
    const settings = { grants: { plugins: { "acme:mail/sned": "mailer" } } };
    const { remedy } = (await deployed(interfaceOf("acme:mail/send@1.0.0"), settings)).facts;
    expect(remedy).toContain("exports it (grants.plugins has acme:mail/sned): settings");
  });

  it.each([
    ["wasi:clock/wall-clock@0.2.0", "Did you mean wasi:clocks/wall-clock?"],
    ["wasi:clocks/wallclock@0.2.0", "Did you mean wasi:clocks/wall-clock?"],
    ["wasi:random/randm@0.2.0", "Did you mean wasi:random/random"],
  ])("is suggested: %s", async (id, said) => {
    expect((await deployed(interfaceOf(id))).facts.remedy).toContain(said);
    expect((await opened(interfaceOf(id))).facts.remedy).toContain(said);
  });

  it.each([
    [
      "wasi:clocks/wall-clock@0.3.0",
      "offers it as 0.2.x; not 0.3.0",
      "version 0.2.x of wasi:clocks/wall-clock",
    ],
    ["wasi:clocks/wall-clock", "offers it as 0.2.x; it comes without a version", "version 0.2.x"],
    ["wasi:config/store@1.0.0", "offers it as 0.2.x or a draft of it; not 1.0.0", "0.2.x or a draft of it"],
    ["wasi:http/types@0.3.0", "not 0.3.0", "version 0.2.x of wasi:http/types"],
  ])("has another version: %s", async (id, reason, remedy) => {
    for (const refused of [await deployed(interfaceOf(id)), await opened(interfaceOf(id))]) {
      expect(refused.message).toContain(reason);
      expect(refused.facts.remedy).toContain(remedy);
      expect(refused.facts.remedy).not.toContain("The host can supply");
    }
  });

  it("lacks a function, and says which it has", async () => {
    const id = "wasi:clocks/monotonic-clock@0.2.0";
    const lacking = (name: string) =>
      refusalOf(
        open(interfaceOf(id, `(export "${name}" (func (result u64)))`), { grants: { clocks: true } }),
      );
    const near = await lacking("resolutions");
    expect(near.facts.remedy).toBe("Did you mean resolution?");
    const far = await lacking("yesterday");
    expect(far.facts.remedy).toContain("the interface has now, resolution, subscribe-instant");
  });

  it("may be granted, or be given by its name", async () => {
    const wasm = interfaceOf("wasi:clocks/monotonic-clock@0.2.0", '(export "now" (func (result u64)))');
    const { facts } = await opened(wasm, { "wasi:clock/monotonic-clock": { now: () => 1n } });
    expect(facts.remedy).toContain("and imports has wasi:clock/monotonic-clock");
  });

  it("needs a grant, told for the door where it stands", async () => {
    const wasm = interfaceOf("wasi:clocks/monotonic-clock@0.2.0", '(export "now" (func (result u64)))');
    const { remedy = "" } = (await opened(wasm)).facts;
    expect(remedy).toContain("open(…, { grants: { clocks: true } })");
    await (await open(wasm, { grants: { clocks: true } })).close();
    expect((await deployed(wasm)).facts.remedy).toContain('{"grants":{"clocks":true}}');
  });
});

describe("a resource that is given", () => {
  class OpenFile {
    static newest() {
      return new OpenFile();
    }
    readAll() {
      return 1;
    }
  }
  it.each([
    [{}, 'imports["acme:disk/files@1.0.0"].OpenFile is missing (the class of the resource open-file)'],
    [{ OpenFile: {} }, "OpenFile is an object, not a function"],
    [{ openFile: OpenFile }, "it has openFile"],
    [{ OpenFile: class {} }, "has no method readAll"],
    [
      {
        OpenFile: class {
          readAll() {}
        },
      },
      "has no static method newest",
    ],
  ])("%#: %s", async (members, said) => {
    expect((await opened(files, { "acme:disk/files": members })).message).toContain(said);
  });

  it("is a class, which may inherit its methods", async () => {
    class Newer extends OpenFile {}
    await (await open(files, { imports: { "acme:disk/files": { OpenFile: Newer } } })).close();
  });
});

describe("a host function whose WIT result is a result", () => {
  const supplied = (findIt: (key: number) => unknown) =>
    open(importing.bytes, {
      imports: {
        getOffset: () => 1,
        "demo:host/lookup@1.0.0": { findIt: (key: string) => key },
        "demo:host/lookup@2.0.0": { findIt },
      },
    });
  const find = async (findIt: (key: number) => unknown) => {
    await using plugin = await supplied(findIt);
    return plugin.lookup("find-new").as<(key: number) => number>("func(u32) -> result<u32, u32>")(4);
  };

  it("returns what is ok, and throws ComponentError for the error, which the plugin is given", async () => {
    expect(await find((key) => key + 1)).toBe(5);
    await expect(
      find(() => {
        throw new ComponentError(404);
      }),
    ).rejects.toMatchObject({ code: "guest-error", payload: 404 });
  });

  it.each([
    ["returns the error", () => ({ tag: "err", val: 404 }), "returned a wrong value"],
    ["returns ok in a case", () => ({ tag: "ok", val: 5 }), "returned a wrong value"],
    [
      "throws an error that is none of WIT's",
      () => {
        throw new Error("not found");
      },
      "failed",
    ],
    [
      "throws a payload of another type",
      () => {
        throw new ComponentError("not found");
      },
      "threw a ComponentError with a wrong payload",
    ],
  ])("is told how where it %s", async (_, findIt, said) => {
    const refused = await refusalOf(find(findIt as () => unknown));
    expect(refused.code).toBe("fault");
    expect(refused.message).toContain(`demo:host/lookup@2.0.0#find-it ${said}`);
    expect(refused.facts.remedy).toContain("throws new ComponentError(payload) for the error");
  });
});

describe("a host function whose WIT type has no result", () => {
  it("has no error to give the plugin", async () => {
    await using plugin = await open(asking, {
      imports: {
        askMe() {
          throw new ComponentError("no");
        },
      },
    });
    const refused = await refusalOf(plugin.callJson("f"));
    expect([refused.code, refused.message]).toEqual(["fault", "The host function ask-me failed."]);
  });

  it("is marked as one that may wait only if it is a function", () => {
    expect(refusal(() => suspending(5 as never)).message).toContain("must be a function, but is 5.");
  });
});

it("a resource of the embedder's is disposed of with the plugin that has it", async () => {
  const closed: string[] = [];
  class Cart {
    readonly owner: string;
    constructor(owner: string) {
      this.owner = owner;
    }
    static find() {}
    add() {
      return 1;
    }
    settle() {
      return 1;
    }
    [Symbol.dispose]() {
      closed.push(this.owner);
    }
  }
  const functions = { Cart, open: () => [], checkout: () => 1, total: () => 2 };
  const plugin = await open(cartGuest(), { imports: { "acme:shop/carts": functions } });
  await plugin.callJson("keep", ["ada"]);
  expect(closed).toEqual([]);
  await plugin.close();
  expect(closed).toEqual(["ada"]);
});
