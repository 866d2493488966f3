import { beforeEach, expect, test } from "vitest";
import { inspectComponent } from "../../host/component/inspect.ts";
import { createDirectEngine } from "../../host/engine/direct/direct-engine.ts";
import type { HostImports } from "../../host/engine/engine.ts";
import { ComponentError } from "../../host/errors.ts";
import { exampleWasm } from "../support/examples.ts";

const log: string[] = [];
const stored = new Map<string, Uint8Array>();
let denied = false;

class Bucket {
  get(key: string): Uint8Array | undefined {
    log.push(`get ${key}`);
    if (denied) throw new ComponentError({ tag: "access-denied" }, "Not for you.");
    return stored.get(key);
  }
  set(key: string, value: Uint8Array): void {
    log.push(`set ${key}`);
    stored.set(key, value);
  }
  delete(key: string): void {
    log.push(`delete ${key}`);
    stored.delete(key);
  }
  [Symbol.dispose](): void {
    log.push("close");
  }
}

const imports = {
  "wasi:keyvalue/store@0.2.0-draft": {
    Bucket,
    open(name: string) {
      log.push(`open ${name}`);
      return new Bucket();
    },
  },
} as unknown as HostImports;

const compiled = await createDirectEngine().compile(inspectComponent(exampleWasm("kv-cache")));
beforeEach(() => {
  log.length = 0;
  stored.clear();
  denied = false;
});

test("asks the bucket once for each key, and knows what it wrote", () => {
  const cell = compiled.instantiate(imports);
  const [get, set] = ["get", "set"].map((name) => cell.function(name));
  stored.set("a", new TextEncoder().encode("Grüße 🌍"));
  expect(get!("a")).toEqual({ tag: "ok", val: "Grüße 🌍" });
  expect(get!("a")).toEqual({ tag: "ok", val: "Grüße 🌍" });
  expect(get!("none")).toEqual({ tag: "ok", val: undefined });
  expect(get!("none")).toEqual({ tag: "ok", val: undefined });
  expect(set!("b", "é")).toEqual({ tag: "ok" });
  expect(get!("b")).toEqual({ tag: "ok", val: "é" });
  expect(log).toEqual(["open default", "get a", "get none", "set b"]);
  expect(new TextDecoder().decode(stored.get("b"))).toBe("é");
  expect(cell.function("statistics-so-far")()).toEqual({ hits: 3, misses: 2, entries: 3 });
});

test("forgets what was not asked for the longest, and what is deleted", () => {
  const cell = compiled.instantiate(imports);
  const get = cell.function("get");
  for (let i = 0; i < 65; i++) {
    get(`key ${i}`);
    // Key 0 stays young.
    get("key 0");
  }
  log.length = 0;
  get("key 0");
  get("key 1");
  expect(log).toEqual(["get key 1"]);
  stored.set("key 0", new Uint8Array(1));
  cell.function("delete")("key 0");
  expect(get("key 0")).toEqual({ tag: "ok", val: undefined });
});

test("closes its bucket when told to forget all, and opens it when it is needed again", () => {
  const cell = compiled.instantiate(imports);
  const [get, clear] = ["get", "clear"].map((name) => cell.function(name));
  get!("a");
  clear!();
  clear!();
  get!("a");
  expect(log).toEqual(["open default", "get a", "close", "open default", "get a"]);
});

test("says in words what the store refuses, and does not remember that", () => {
  const cell = compiled.instantiate(imports);
  denied = true;
  expect(cell.function("get")("a")).toEqual({ tag: "err", val: "access to the store was denied" });
  denied = false;
  expect(cell.function("get")("a")).toEqual({ tag: "ok", val: undefined });
});
