/** Odd things that an embedder's functions throw and give: none of it reaches the plugin, and nothing of it stops the host. */
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { ComponentError, createHost, type Host, HotcellError } from "../../host/index.ts";
import { shopGuest, shopWit } from "../guests/shop-guest.ts";

const hush = "the database's password is hush";
const refuse = () => {
  throw new Error(hush);
};
const unwilling = () =>
  new Proxy(new Error(hush), {
    ...{
      get: refuse,
      getPrototypeOf: refuse,
      has: refuse,
      ownKeys: refuse,
      getOwnPropertyDescriptor: refuse,
    },
  });
const circular: { self?: unknown } = {};
circular.self = circular;

/** Each is thrown. */
const odd: Readonly<Record<string, () => unknown>> = {
  "an error": () => new Error(hush),
  "an error with causes and properties": () =>
    Object.assign(new Error(hush, { cause: new AggregateError([new Error(hush)]) }), { password: hush }),
  "an error whose message can't be read": () =>
    Object.defineProperty(new Error(), "message", { get: refuse }),
  null: () => null,
  nothing: () => undefined,
  "a text": () => hush,
  "a symbol": () => Symbol(hush),
  "an object that holds itself": () => circular,
  "an object that throws when it is looked at": unwilling,
  "a function": () => refuse,
  "an error of another type than the function's": () => new ComponentError({ password: hush }),
  "an error of the catalogue": () => new HotcellError("trap", hush, { remedy: hush }),
};

const kinds = {
  sync: (item: string): number => {
    throw odd[item]!();
  },
  async: async (item: string): Promise<number> => {
    await null;
    throw odd[item]!();
  },
  "sync, but gives a promise that rejects": (item: string): number => Promise.reject(odd[item]!()) as never,
  "sync, and gives it": (item: string): number => odd[item]!() as never,
  "async, and gives it": async (item: string): Promise<number> => odd[item]!() as never,
};

/** Code of the error that a call meets: values, and payloads, of another type are told by their function. */
function codeOf(kind: string, item: string): string {
  if (kind === "async, and gives it" && item.endsWith("looked at")) return "host-function-failed";
  const gives = !["sync", "async"].includes(kind);
  return gives || item === "an error of another type than the function's" ? "fault" : "host-function-failed";
}

let told: string[] = [];
beforeEach(() => {
  told = [];
  vi.spyOn(console, "error").mockImplementation((line) => void told.push(String(line)));
});

describe.each(["inline", "process"] as const)("a plugin %s", (placement) => {
  describe.each(Object.entries(kinds))("whose function is %s", (kind, price) => {
    let host: Host;
    beforeAll(async () => {
      const functions = () => ({ price });
      host = await createHost({
        log: () => {},
        capabilities: { "acme:shop/db": { grant: "shop-db", wit: shopWit, functions } },
      });
      // With a secret, whatever is told of a failure is searched for it.
      const env = { KEY: { secret: "a-key-of-the-plugin" } };
      const settings = { grants: { "shop-db": true }, placement, env };
      await host.registry.deploy("merchant", shopGuest(), { settings });
    });
    afterAll(() => host.close());

    it.each(Object.keys(odd))("is told that it failed, and nothing of %s", async (item) => {
      const error = await host.registry.callJson("merchant", "price", [item]).catch((thrown) => thrown);
      expect(error).toBeInstanceOf(HotcellError);
      expect(error).toMatchObject({ code: codeOf(kind, item) });
      expect(error.message).toContain("acme:shop/db");
      expect(JSON.stringify(error.toProblem())).not.toContain("hush");
      if (error.code === "host-function-failed") expect(told).toHaveLength(1);
    });
  });
});
