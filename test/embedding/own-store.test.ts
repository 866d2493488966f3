/** A store that an embedder brings: everything is kept in it, it outlives the host, and it is the embedder's to close. */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { createHost } from "../../host/host.ts";
import { createMemoryStore } from "../../host/store/memory/memory-store.ts";
import { openSqliteStore } from "../../host/store/sqlite/sqlite-store.ts";
import type { Store } from "../../host/store/store.ts";
import { sample } from "../guests/small-plugins.ts";
import { refusalOf } from "../support/thrown.ts";

const scratch = await mkdtemp(join(tmpdir(), "hotcell-own-store-"));
afterAll(() => rm(scratch, { recursive: true }));

/** A store as embedders write one: a class whose methods need their object, over another. */
class Counting implements Store {
  readonly #kept: Store;
  commits = 0;
  closed = false;

  constructor(kept: Store) {
    this.#kept = kept;
  }
  list() {
    return this.#kept.list();
  }
  plugin(name: string) {
    return this.#kept.plugin(name);
  }
  commit(change: Parameters<Store["commit"]>[0]) {
    this.commits++;
    return this.#kept.commit(change);
  }
  deployments(...args: Parameters<Store["deployments"]>) {
    return this.#kept.deployments(...args);
  }
  uses(plugin: string) {
    return this.#kept.uses(plugin);
  }
  binary(digest: string) {
    return this.#kept.binary(digest);
  }
  verify(digest: string) {
    return this.#kept.verify(digest);
  }
  prune(...args: Parameters<Store["prune"]>) {
    return this.#kept.prune(...args);
  }
  collect() {
    return this.#kept.collect();
  }
  append(...args: Parameters<Store["append"]>) {
    return this.#kept.append(...args);
  }
  events(...args: Parameters<Store["events"]>) {
    return this.#kept.events(...args);
  }
  eventRange() {
    return this.#kept.eventRange();
  }
  trimEvents(...args: Parameters<Store["trimEvents"]>) {
    return this.#kept.trimEvents(...args);
  }
  watch(...args: Parameters<Store["watch"]>) {
    return this.#kept.watch(...args);
  }
  tokens() {
    return this.#kept.tokens();
  }
  addToken(...args: Parameters<Store["addToken"]>) {
    return this.#kept.addToken(...args);
  }
  revokeToken(...args: Parameters<Store["revokeToken"]>) {
    return this.#kept.revokeToken(...args);
  }
  contracts() {
    return this.#kept.contracts();
  }
  putContract(...args: Parameters<Store["putContract"]>) {
    return this.#kept.putContract(...args);
  }
  removeContract(...args: Parameters<Store["removeContract"]>) {
    return this.#kept.removeContract(...args);
  }
  backup(file: string) {
    return this.#kept.backup(file);
  }
  close() {
    this.closed = true;
    return this.#kept.close();
  }
  [Symbol.asyncDispose]() {
    return this.close();
  }
}

describe.each([
  ["in memory", async () => createMemoryStore()],
  ["in a file", () => openSqliteStore({ folder: scratch })],
] as const)("a store %s", (_, open) => {
  it("keeps what one host did for the next, and stays open in between", async () => {
    await using store = new Counting(await open());
    const first = await createHost({ store });
    expect(first.store).toBe(store);
    await first.registry.deploy("calc", sample({ version: 1 }));
    await first.registry.deploy("calc", sample({ version: 2 }));
    const { token } = await first.tokens.create({ scopes: ["call"] }, "test");
    await first.close();
    expect([store.commits, store.closed]).toEqual([2, false]);
    expect((await store.list()).map(({ name, revision }) => [name, revision])).toEqual([["calc", 2]]);

    const second = await createHost({ store });
    expect(await second.registry.callJson("calc", "version")).toBe(2);
    expect((await second.registry.rollback("calc")).outcome).toBe("swapped");
    expect(await second.registry.callJson("calc", "version")).toBe(1);
    expect(second.tokens.find(token)?.scopes).toEqual(["call"]);
    await second.registry.remove("calc");
    await second.close();
    await second.close();
    expect(store.closed).toBe(false);
    expect((await store.events()).map(({ kind }) => kind)).toContain("removed");
  });
});

it("a host that can't begin leaves the store open", async () => {
  await using store = new Counting(createMemoryStore());
  store.tokens = () => Promise.reject(new Error("no tokens"));
  await expect(createHost({ store })).rejects.toThrow("no tokens");
  expect(store.closed).toBe(false);
});

describe("is refused", () => {
  it("together with a folder", async () => {
    const { code, message, facts } = await refusalOf(
      createHost({ data: scratch, store: createMemoryStore() }),
    );
    expect([code, message]).toEqual(["bad-settings", "createHost got both data and store."]);
    expect(facts.remedy).toContain("Leave data out");
  });

  it.each([
    ["an object that is none", {}],
    ["the promise of one", Promise.resolve(createMemoryStore())],
    ["one that lacks a method", { ...createMemoryStore(), uses: undefined }],
    ["a path", "data/"],
  ])("%s", async (_, store) => {
    const { code, message } = await refusalOf(createHost({ store: store as Store }));
    expect(code).toBe("bad-settings");
    expect(message).toMatch(/store/i);
  });

  it.each([
    ["uses", "lacks the method uses."],
    ["backup", "lacks the method backup."],
    ["list close", "lacks the methods list, close."],
  ])("without %s, naming just what is missing", async (missing, said) => {
    const lacking = Object.fromEntries(missing.split(" ").map((name) => [name, undefined]));
    const { message, facts } = await refusalOf(
      createHost({ store: { ...createMemoryStore(), ...lacking } as unknown as Store }),
    );
    expect(message).toBe(`The store of createHost ${said}`);
    expect(`${facts.expected} ${facts.remedy}`).not.toContain("eventRange");
  });

  it.each([
    ["nothing", undefined],
    ["a promise", Promise.resolve(() => {})],
  ])("whose watch gives %s, when the host begins and not when it ends", async (_, given) => {
    await using store = new Counting(createMemoryStore());
    store.watch = () => given as unknown as () => void;
    const { code, message, facts } = await refusalOf(createHost({ store }));
    expect(code).toBe("bad-settings");
    expect(message).toMatch(/^The store's method watch gave .*, and no function\.$/);
    expect(facts.remedy).toContain("Return a function from watch");
    expect(store.closed).toBe(false);
  });
});
