import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { createAccess } from "../../host/access/access.ts";
import { IssuedTokens } from "../../host/access/issued-tokens.ts";
import { allows, type Permission, type Scope, scopeFor } from "../../host/access/scopes.ts";
import { HotcellError } from "../../host/errors.ts";
import { createMemoryStore } from "../../host/store/memory.ts";
import { openSqliteStore } from "../../host/store/sqlite.ts";
import type { Store } from "../../host/store/store.ts";

const all: Permission[] = ["health", "call", "list", "read", "download", "events", "deploy", "tokens"];

let store: Store;
let tokens: IssuedTokens;
beforeEach(async () => {
  store = createMemoryStore();
  tokens = await IssuedTokens.open(store);
});
afterEach(async () => {
  tokens.close();
  await store.close();
});

/** On a network, where nothing but health checks is open to everybody. */
const check = (token: string, permission: Permission, plugin?: string, from = tokens) =>
  createAccess({ token: "the-admin", tokens: from, address: "0.0.0.0", privateCalls: true }).check(
    permission,
    new Headers({ authorization: `Bearer ${token}` }),
    plugin,
  );

function failure(work: () => unknown): HotcellError | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    if (error instanceof HotcellError) return error;
    throw error;
  }
}

describe("scopes", () => {
  it.each<[Scope, Permission[]]>([
    ["read", ["list", "read", "download", "events"]],
    ["call", ["call"]],
    ["deploy", ["list", "read", "download", "events", "deploy"]],
    ["admin", all.slice(1)],
  ])("%s allows what it says and nothing else", async (scope, allowed) => {
    const { token, id } = await tokens.create({ scopes: [scope] }, "admin");
    for (const permission of all.slice(1)) {
      expect(allows([scope], permission)).toBe(allowed.includes(permission));
      const error = failure(() => check(token, permission, "shop"));
      if (allowed.includes(permission)) expect(error).toBeUndefined();
      else {
        const needed = scopeFor(permission);
        expect(error).toMatchObject({ code: "forbidden", facts: { expected: needed, actual: scope } });
        expect(error?.message).toBe(`This needs a token of scope ${needed}; the token ${id} has ${scope}.`);
        expect(error?.facts.extra?.challenge).toBe(
          `Bearer realm="hotcell", error="insufficient_scope", scope="${needed}"`,
        );
      }
    }
  });

  it("add up", async () => {
    const { token, scopes } = await tokens.create({ scopes: ["deploy", "call", "deploy"] }, "admin");
    expect(scopes).toEqual(["call", "deploy"]);
    for (const permission of ["call", "deploy", "read"] as const) check(token, permission, "shop");
  });
});

describe("a token for some plugins", () => {
  it("is good for those only, and for nothing that is about all", async () => {
    const plugins = ["shop", "shop-v2"];
    const { token } = await tokens.create({ scopes: ["deploy"], plugins }, "admin");
    for (const plugin of plugins) check(token, "deploy", plugin);
    for (const plugin of ["shops", "sho", "SHOP", "", "shop,shop-v2"]) {
      expect(failure(() => check(token, "deploy", plugin))).toMatchObject({
        code: "forbidden",
        facts: { expected: "shop, shop-v2" },
      });
    }
    expect(failure(() => check(token, "events"))).toMatchObject({
      code: "forbidden",
      facts: { remedy: expect.stringContaining("?plugin=") },
    });
  });

  it("sees those in the list", async () => {
    const { token, id } = await tokens.create({ scopes: ["read"], plugins: ["shop"] }, "admin");
    expect(check(token, "list")).toMatchObject({ who: id, plugins: new Set(["shop"]) });
    expect(check("the-admin", "list")).toMatchObject({ who: "admin", plugins: undefined });
  });
});

describe("create", () => {
  it.each([
    [{ scopes: [] }, "A token needs a scope."],
    [{ scopes: ["root"] }, 'There is no scope "root".'],
    [{ scopes: ["deploy"], plugins: [] }, "A token for no plugins is good for nothing."],
    [{ scopes: ["admin"], plugins: ["shop"] }, "A token with the scope admin can't be limited to plugins."],
  ])("refuses %j", async (wanted, message) => {
    await expect(tokens.create(wanted, "admin")).rejects.toMatchObject({ code: "bad-request", message });
    expect(await tokens.list()).toEqual([]);
  });

  it("keeps the token nowhere: neither in the list, nor the store, nor the log", async () => {
    const { token, id } = await tokens.create({ scopes: ["read"], plugins: ["shop"] }, "admin");
    const secret = token.slice(token.lastIndexOf(id) + id.length + 1);
    expect(secret).toHaveLength(43);
    const kept = JSON.stringify([await tokens.list(), await store.tokens(), await store.events()]);
    expect(kept).not.toContain(secret);
    expect(JSON.stringify(await tokens.list())).not.toContain("hash");
    expect(await store.events()).toMatchObject([
      { kind: "token-created", who: "admin", data: { id, scopes: ["read"], plugins: ["shop"] } },
    ]);
  });

  it("never gives the same twice", async () => {
    const made = await Promise.all(
      Array.from({ length: 50 }, () => tokens.create({ scopes: ["read"] }, "admin")),
    );
    expect(new Set(made.map(({ token }) => token)).size).toBe(50);
    expect(new Set(made.map(({ id }) => id)).size).toBe(50);
  });
});

describe("find", () => {
  it("knows a token by all of it", async () => {
    const { token, id } = await tokens.create({ scopes: ["read"] }, "admin");
    const { token: other } = await tokens.create({ scopes: ["read"] }, "admin");
    expect(tokens.find(token)?.id).toBe(id);
    const forged = `hotcell_${id}_${other.slice(-43)}`;
    for (const wrong of [forged, token.slice(0, -1), `${token}A`, token.toUpperCase(), id, "", "hotcell_"]) {
      expect(tokens.find(wrong)).toBeUndefined();
      expect(failure(() => check(wrong, "read", "shop"))).toMatchObject({ code: "unauthorized" });
    }
  });
});

describe("revoke", () => {
  it("ends a token at once and for good, and no other", async () => {
    const one = await tokens.create({ scopes: ["admin"] }, "admin");
    const two = await tokens.create({ scopes: ["admin"] }, "admin");
    const identity = check(one.token, "tokens");
    await tokens.revoke(one.id, "admin");
    expect(identity.revoked).toBe(true);
    expect(failure(() => check(one.token, "read", "shop"))).toMatchObject({
      code: "unauthorized",
      message: `The token ${one.id} was revoked.`,
    });
    check(two.token, "tokens");
    await tokens.create({ scopes: ["read"] }, "admin");
    expect(tokens.find(one.token)?.revoked).toBe(true);
    expect(await tokens.list()).toMatchObject([
      { id: one.id, revokedAt: expect.any(String) },
      { id: two.id, revokedAt: null },
      { revokedAt: null },
    ]);
    await expect(tokens.revoke(one.id, "admin")).rejects.toMatchObject({ code: "token-not-found" });
    await expect(tokens.revoke("none", "admin")).rejects.toMatchObject({ code: "token-not-found" });
  });
});

describe("on a file", async () => {
  const scratch = await mkdtemp(join(tmpdir(), "hotcell-tokens-"));
  afterAll(() => rm(scratch, { recursive: true }));

  it("outlives the host", async () => {
    const folder = join(scratch, "restart");
    let token: string;
    {
      await using first = await openSqliteStore({ folder });
      const issued = await IssuedTokens.open(first);
      token = (await issued.create({ scopes: ["call"], plugins: ["shop"] }, "admin")).token;
      issued.close();
    }
    await using second = await openSqliteStore({ folder });
    const issued = await IssuedTokens.open(second);
    check(token, "call", "shop", issued);
    expect(failure(() => check(token, "call", "other", issued))?.code).toBe("forbidden");
    issued.close();
  });

  it("is heard of by every host that shares it", async () => {
    const folder = join(scratch, "shared");
    await using here = await openSqliteStore({ folder, pollInterval: 5 });
    await using there = await openSqliteStore({ folder, pollInterval: 5 });
    const mine = await IssuedTokens.open(here);
    const theirs = await IssuedTokens.open(there);
    const heard = new EventTarget();
    there.watch(({ kind }) => heard.dispatchEvent(new Event(kind)));

    const created = once(heard, "token-created");
    const { token, id } = await mine.create({ scopes: ["read"] }, "admin");
    await created;
    // Told to read it again, it has asked its store already: whoever asks now is answered after.
    await theirs.list();
    expect(theirs.find(token)).toMatchObject({ id, revoked: false });

    const revoked = once(heard, "token-revoked");
    await mine.revoke(id, "admin");
    await revoked;
    expect(theirs.find(token)?.revoked).toBe(true);
    mine.close();
    theirs.close();
  });
});
