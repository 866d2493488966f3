import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createAccess } from "../../host/access/access.ts";
import { IssuedTokens } from "../../host/access/issued-tokens.ts";
import { missingScopes, type Permission, type Scope } from "../../host/access/scopes.ts";
import { HotcellError } from "../../host/errors.ts";
import { createMemoryStore } from "../../host/store/memory/memory-store.ts";
import { openSqliteStore } from "../../host/store/sqlite/sqlite-store.ts";
import type { Store } from "../../host/store/store.ts";

const reading: Permission[] = ["list", "read", "download", "events"];
const all: Permission[] = ["health", "call", ...reading, "deploy", "settings", "remove", "tokens"];

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
  it.each<[Scope[], Permission[]]>([
    [["read"], reading],
    [["call"], ["call"]],
    [["deploy"], [...reading, "deploy", "settings"]],
    [["configure"], [...reading, "settings"]],
    [["grant"], [...reading, "settings"]],
    [
      ["deploy", "configure"],
      [...reading, "deploy", "settings", "remove"],
    ],
    [["admin"], all.slice(1)],
  ])("%j allow what they say and nothing else", async (scopes, allowed) => {
    const { token, id } = await tokens.create({ scopes }, "admin");
    for (const permission of all.slice(1)) {
      const missing = missingScopes(scopes, permission);
      expect(missing.length === 0).toBe(allowed.includes(permission));
      const error = failure(() => check(token, permission, "shop"));
      if (allowed.includes(permission)) expect(error).toBeUndefined();
      else {
        const held = scopes.join(", ");
        // A new token has nothing of this one: those it has already are named too.
        const needed = permission === "remove" ? ["deploy", "configure"] : missing;
        expect(error).toMatchObject({
          code: "forbidden",
          facts: { expected: needed.join(", "), actual: held },
        });
        expect(error?.message).toBe(
          `This needs a token of scope ${needed.join(" and ")}; the token ${id} has ${held}.`,
        );
        expect(error?.facts.extra?.challenge).toBe(
          `Bearer realm="hotcell", error="insufficient_scope", scope="${missing.join(" ")}"`,
        );
      }
    }
  });

  it("name those that are missing", () => {
    expect(missingScopes(["read"], "remove")).toEqual(["deploy", "configure"]);
    expect(missingScopes(["deploy"], "remove")).toEqual(["configure"]);
    expect(missingScopes(["configure"], "remove")).toEqual(["deploy"]);
    expect(missingScopes(["read", "call"], "settings")).toEqual(["configure"]);
    expect(missingScopes([], "tokens")).toEqual(["admin"]);
  });

  it("add up", async () => {
    const { token, scopes } = await tokens.create({ scopes: ["deploy", "call", "deploy"] }, "admin");
    expect(scopes).toEqual(["call", "deploy"]);
    for (const permission of ["call", "deploy", "read"] as const) check(token, permission, "shop");
  });
});

describe("changes of settings", () => {
  const changes = [
    { path: "limits.memory", kind: "configure" },
    { path: "mode", kind: "configure" },
    { path: "grants.clocks", kind: "grant" },
  ] as const;
  const authorize = async (scopes: Scope[], asked: readonly (typeof changes)[number][]) => {
    const { token, id } = await tokens.create({ scopes }, "admin");
    const error = failure(() => check(token, "settings", "shop").authorize(asked));
    return error && { ...error.facts, code: error.code, message: error.message.replace(id, "ID") };
  };

  it("need the scope of their kind, and the answer names it with what needs it", async () => {
    expect(await authorize(["deploy", "call"], changes)).toMatchObject({
      code: "forbidden",
      message:
        "limits.memory, mode need the scope configure; grants.clocks needs the scope grant; the token ID has call, deploy.",
      expected: "configure, grant",
      extra: {
        scope: "configure grant",
        needs: [
          { scope: "configure", paths: ["limits.memory", "mode"] },
          { scope: "grant", paths: ["grants.clocks"] },
        ],
        challenge: 'Bearer realm="hotcell", error="insufficient_scope", scope="configure grant"',
      },
    });
    expect(await authorize(["configure"], changes)).toMatchObject({
      extra: { scope: "grant", needs: [{ scope: "grant", paths: ["grants.clocks"] }] },
      remedy: expect.stringContaining("hotcell token new --scope configure --scope grant"),
    });
    expect(await authorize(["grant", "deploy"], changes)).toMatchObject({ extra: { scope: "configure" } });
  });

  it("are allowed to those who have it, and where there are none, to everybody", async () => {
    expect(await authorize(["configure", "grant"], changes)).toBeUndefined();
    expect(await authorize(["admin"], changes)).toBeUndefined();
    expect(await authorize(["deploy"], [])).toBeUndefined();
    check("the-admin", "settings", "shop").authorize(changes);
  });

  it("are named up to a number", async () => {
    const many = Array.from({ length: 5_000 }, (_, i) => ({ path: `env.K${i}`, kind: "configure" as const }));
    const { token } = await tokens.create({ scopes: ["deploy"] }, "admin");
    const error = failure(() => check(token, "settings", "shop").authorize(many));
    expect(error?.message).toContain("env.K19 and 4980 more need the scope configure");
    expect(JSON.stringify(error?.toProblem()).length).toBeLessThan(2_000);
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
      facts: { remedy: expect.stringContaining("?plugin=shop") },
    });
  });

  it("sees those in the list", async () => {
    const { token, id } = await tokens.create({ scopes: ["read"], plugins: ["shop"] }, "admin");
    const { who, plugins } = check(token, "list");
    expect([who, plugins?.has("shop"), plugins?.has("till")]).toEqual([id, true, false]);
    expect(check("the-admin", "list")).toMatchObject({ who: "admin", plugins: undefined });
  });

  it("may name them by patterns", async () => {
    const plugins = ["t42-*", "shop"];
    const { token } = await tokens.create({ scopes: ["deploy"], plugins }, "admin");
    for (const plugin of ["t42-", "t42-web", "shop"]) check(token, "deploy", plugin);
    for (const plugin of ["t42", "t421-web", "at42-", "t4", "shop-2", "*", "t42*"]) {
      expect(failure(() => check(token, "deploy", plugin))).toMatchObject({
        code: "forbidden",
        facts: { expected: "t42-*, shop" },
      });
    }
    // Nobody is called that; only the event log is asked for by pattern.
    check(token, "events", "t42-*");
    check(token, "events", "t42-a*");
    expect(failure(() => check(token, "events", "t4*"))?.code).toBe("forbidden");
  });
});

describe("create", () => {
  const many = Array.from({ length: 101 }, (_, i) => `p${i}`);

  it.each([
    [{ scopes: [] }, "A token needs a scope."],
    [{ scopes: ["root"] }, 'There is no scope "root".'],
    [{ scopes: ["deploy"], plugins: [] }, "A token for no plugins is good for nothing."],
    [{ scopes: ["admin"], plugins: ["shop"] }, "A token with the scope admin can't be limited to plugins."],
    [{ scopes: ["read"], plugins: ["*"] }, '"*" is no pattern of plugins\' names.'],
    [{ scopes: ["read"], plugins: ["a*b*"] }, '"a*b*" is no pattern of plugins\' names.'],
    [{ scopes: ["read"], plugins: many }, "A token can be limited to 100 plugins."],
    [{ scopes: ["read"], name: "" }, "\"\" can't be a token's name."],
    [{ scopes: ["read"], name: " ci" }, "\" ci\" can't be a token's name."],
    [{ scopes: ["read"], name: "a\u202eb" }, "\"a\u202eb\" can't be a token's name."],
    [{ scopes: ["read"], name: "a\nb" }, "\"a\\nb\" can't be a token's name."],
    [{ scopes: ["read"], expiresIn: 0 }, "expiresIn is 0, which is no end for a token."],
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
      { kind: "token-created", who: "admin", data: { id, scopes: ["read"], plugins: ["shop"], name: null } },
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
    expect(identity.ended).toBe(true);
    expect(failure(() => check(one.token, "read", "shop"))).toMatchObject({
      code: "unauthorized",
      message: `The token ${one.id} was revoked.`,
    });
    check(two.token, "tokens");
    await tokens.create({ scopes: ["read"] }, "admin");
    expect(tokens.find(one.token)?.end).toBe("revoked");
    expect(await tokens.list()).toMatchObject([
      { id: one.id, revokedAt: expect.any(String) },
      { id: two.id, revokedAt: null },
      { revokedAt: null },
    ]);
    await expect(tokens.revoke(one.id, "admin")).rejects.toMatchObject({ code: "token-not-found" });
    await expect(tokens.revoke("none", "admin")).rejects.toMatchObject({ code: "token-not-found" });
  });
});

describe("an end", () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it("comes by the machine's clock, and the answer says when it was", async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: Date.parse("2030-01-01T00:00:00Z") });
    const { token, id, expiresAt } = await tokens.create(
      { name: "ci", scopes: ["read"], expiresIn: "30d" },
      "admin",
    );
    expect(expiresAt).toBe("2030-01-31T00:00:00.000Z");
    vi.setSystemTime(Date.parse(expiresAt!) - 1);
    const identity = check(token, "read", "shop");
    expect(identity).toMatchObject({ ended: false, expiresAt: Date.parse(expiresAt!) });
    vi.setSystemTime(Date.parse(expiresAt!));
    expect(identity.ended).toBe(true);
    expect(failure(() => check(token, "read", "shop"))).toMatchObject({
      code: "unauthorized",
      message: `The token ${id} expired at 2030-01-31T00:00:00.000Z.`,
      facts: { extra: { challenge: 'Bearer realm="hotcell", error="invalid_token"' } },
    });
    expect(await tokens.list()).toMatchObject([{ id, name: "ci", expiresAt, revokedAt: null }]);
    // One that has expired can still be revoked, so that a clock that is set back does not bring it back.
    await tokens.revoke(id, "admin");
    vi.setSystemTime(0);
    expect(failure(() => check(token, "read", "shop"))?.message).toBe(`The token ${id} was revoked.`);
  });

  it("does not come for a token without one", async () => {
    const { token, expiresAt } = await tokens.create({ scopes: ["read"] }, "admin");
    expect(expiresAt).toBeNull();
    vi.useFakeTimers({ toFake: ["Date"], now: Date.parse("9999-01-01") });
    check(token, "read", "shop");
  });

  it("counts for no wrong token: whoever comes with one did not guess it", async () => {
    const { token, id } = await tokens.create({ scopes: ["read"] }, "admin");
    await tokens.revoke(id, "admin");
    const access = createAccess({ tokens, address: "0.0.0.0" });
    const headers = new Headers({ authorization: `Bearer ${token}` });
    const codes = Array.from(
      { length: 50 },
      () => failure(() => access.check("read", headers, "shop"))?.code,
    );
    expect(new Set(codes)).toEqual(new Set(["unauthorized"]));
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
      const wanted = { name: "till", scopes: ["call"], plugins: ["shop", "s-*"], expiresIn: "1w" };
      token = (await issued.create(wanted, "admin")).token;
      issued.close();
    }
    await using second = await openSqliteStore({ folder });
    const issued = await IssuedTokens.open(second);
    for (const plugin of ["shop", "s-1"]) check(token, "call", plugin, issued);
    expect(issued.find(token)?.expiresAt).toBeGreaterThan(Date.now());
    expect(await issued.list()).toMatchObject([{ name: "till", plugins: ["shop", "s-*"] }]);
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
    expect(theirs.find(token)).toMatchObject({ id, end: undefined });

    const revoked = once(heard, "token-revoked");
    await mine.revoke(id, "admin");
    await revoked;
    expect(theirs.find(token)?.end).toBe("revoked");
    mine.close();
    theirs.close();
  });
});
