/** Compressed bodies: taken for what they were, within the limits of what they become, and refused when they are broken. */
import { deflateSync, gzipSync, constants as zlib, zstdCompressSync } from "node:zlib";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { HeapAccount } from "../../../host/platform/heap-account.ts";
import { sample } from "../../guests/small-plugins.ts";
import { bombs, compressed } from "../../hostile/attacks/bombs.ts";
import { hostOfFile } from "../../support/hosts.ts";
import type { Answer, Body } from "../../support/test-host.ts";

const KiB = 1024;
const heap = new HeapAccount(256 * KiB * KiB);
const host = await hostOfFile({ heap, limits: { upload: 64 * KiB } });
beforeAll(async () => {
  expect((await host.put("calc", sample())).status).toBe(201);
});
afterEach(() => {
  expect(heap.inUse).toBe(0);
  expect(host.faults).toEqual([]);
});

const json = (value: unknown) => Buffer.from(JSON.stringify(value));

function call(body: Body, coding: string, path = "calc/echo"): Promise<Answer> {
  const headers = { "content-type": "application/json", "content-encoding": coding };
  return host.send("POST", `/call/${path}`, { body, headers, anonymous: true });
}

describe.each(["gzip", "br", "zstd"])("%s", (coding) => {
  const text = "é€🌍 ".repeat(20_000);

  it("is undone for calls, small and large", async () => {
    for (const argument of ["", "x", text]) {
      expect((await call(compressed(json([argument]), coding), coding)).json).toBe(argument);
    }
  });

  it("is undone for uploads, forms, settings, rollbacks and tokens", async () => {
    const headers = { "content-encoding": coding, "content-type": "application/wasm" };
    const put = await host.send("PUT", `/plugins/in-${coding}`, {
      body: compressed(sample({ version: 2 }), coding),
      headers,
    });
    expect(put).toMatchObject({ status: 201, json: { size: sample({ version: 2 }).length } });
    expect((await host.call(`in-${coding}/version`, [])).json).toBe(2);

    const form = new FormData();
    form.set("plugin", new Blob([sample({ version: 3 }) as Uint8Array<ArrayBuffer>]), "a.wasm");
    form.set("settings", '{"mode":"fresh"}');
    const request = new Request("http://host/", { method: "PUT", body: form });
    const whole = new Uint8Array(await request.arrayBuffer());
    const type = request.headers.get("content-type")!;
    const multipart = await host.send("PUT", `/plugins/in-${coding}`, {
      body: compressed(whole, coding),
      headers: { "content-encoding": coding, "content-type": type },
    });
    expect(multipart).toMatchObject({ status: 200, json: { settings: { mode: "fresh" } } });

    const post = (method: string, path: string, value: unknown) =>
      host.send(method, path, {
        body: compressed(json(value), coding),
        headers: { "content-encoding": coding, "content-type": "application/json" },
      });
    expect(await post("PATCH", `/plugins/in-${coding}`, { limits: { queue: 7 } })).toMatchObject({
      status: 200,
      json: { settings: { limits: { queue: 7 } } },
    });
    expect((await post("POST", `/plugins/in-${coding}/rollback`, { to: put.json.version })).status).toBe(200);
    expect((await post("POST", "/tokens", { scopes: ["read"] })).status).toBe(201);
  });

  it("may be written in other ways, and be one of several", async () => {
    const body = compressed(json([1, 2]), coding);
    for (const name of [coding.toUpperCase(), ` ${coding} `, `identity, ${coding}`, `${coding},,`]) {
      expect((await call(body, name, "calc/add")).json).toBe(3);
    }
    expect((await call(compressed(json([1, 2]), coding, "gzip"), `${coding}, gzip`, "calc/add")).json).toBe(
      3,
    );
    expect((await call(new Uint8Array(), coding, "calc/version")).json).toBe(1);
  });

  it("is refused when it is broken, cut off or goes on behind its end", async () => {
    const whole = compressed(json([text]), coding);
    const flipped = whole.slice();
    flipped[flipped.length - 6]! ^= 0xff;
    const wrong: Uint8Array<ArrayBuffer>[] = [
      whole.slice(0, -1),
      whole.slice(0, 10),
      whole.slice(0, 1),
      flipped,
      new Uint8Array([...whole, 1, 2, 3]),
      new Uint8Array([...whole, 0]),
      new Uint8Array(json([1, 2])),
    ];
    for (const body of wrong) {
      expect(await call(body, coding)).toMatchObject({
        status: 400,
        json: {
          code: "bad-request",
          subject: "Content-Encoding",
          actual: coding,
          detail: expect.stringMatching(new RegExp(`^The body is not one whole ${coding}: .+\\.$`)),
          remedy: expect.stringContaining("leave Content-Encoding out"),
        },
      });
    }
  });

  it("has the limits of what the body becomes", async () => {
    const component = new Uint8Array(64 * KiB + 1);
    const answer = await host.send("PUT", "/plugins/calc", {
      body: compressed(component, coding),
      headers: { "content-encoding": coding, "content-type": "application/wasm" },
    });
    expect(answer).toMatchObject({
      status: 413,
      json: {
        code: "too-large",
        limit: 64 * KiB,
        remedy: expect.stringMatching(/componentBytes \(HOTCELL_CEILINGS\)\..*what the body becomes/),
      },
    });
    await host.send("PATCH", "/plugins/calc", {
      body: '{"limits":{"argumentBytes":1000}}',
      headers: { "content-type": "application/json" },
    });
    expect((await call(compressed(json(["x".repeat(1_000)]), coding), coding)).json).toMatchObject({
      code: "argument-too-large",
      actual: 1_004,
    });
    await host.send("PATCH", "/plugins/calc", {
      body: '{"limits":{"argumentBytes":null}}',
      headers: { "content-type": "application/json" },
    });
  });
});

it("takes what is made of several members or frames", async () => {
  const parts = [Buffer.from("[1,"), Buffer.from("2]")];
  expect((await call(Buffer.concat(parts.map((part) => gzipSync(part))), "gzip", "calc/add")).json).toBe(3);
  expect(
    (await call(Buffer.concat(parts.map((part) => zstdCompressSync(part))), "zstd", "calc/add")).json,
  ).toBe(3);
});

it("looks at checksums", async () => {
  const gzip = gzipSync(json([1, 2]));
  const zstd = zstdCompressSync(json([1, 2]), { params: { [zlib.ZSTD_c_checksumFlag]: 1 } });
  for (const [coding, body, at] of [
    ["gzip", gzip, gzip.length - 8],
    ["zstd", zstd, zstd.length - 1],
  ] as const) {
    expect((await call(new Uint8Array(body), coding, "calc/add")).json).toBe(3);
    body[at]! ^= 1;
    expect(await call(new Uint8Array(body), coding, "calc/add")).toMatchObject({
      status: 400,
      json: { code: "bad-request" },
    });
  }
});

describe("a coding that is not taken", () => {
  it.each(["deflate", "compress", "gzip, deflate", "zip", "gzip;q=1", "*", "aes128gcm", "é"])(
    "%s is refused before the body is read, with those that are",
    async (coding) => {
      for (const [method, path] of [
        ["POST", "/call/calc/add"],
        ["PUT", "/plugins/calc"],
        ["PATCH", "/plugins/calc"],
      ] as const) {
        const answer = await host.send(method, path, {
          body: deflateSync(json([1, 2])),
          headers: {
            "content-type": method === "PUT" ? "application/wasm" : "application/json",
            "content-encoding": coding,
          },
        });
        expect(answer).toMatchObject({
          status: 415,
          json: { code: "unsupported-coding", expected: "gzip, br, zstd", remedy: expect.any(String) },
        });
        expect(answer.headers.get("accept-encoding")).toBe("gzip, br, zstd");
        expect(answer.json.acceptEncoding).toBeUndefined();
      }
    },
  );

  it("names none for a wrong Content-Type", async () => {
    const headers = { "content-type": "text/plain", "content-encoding": "gzip" };
    const answer = await host.send("POST", "/call/calc/add", { body: "[1,2]", headers });
    expect(answer).toMatchObject({ status: 415, json: { code: "unsupported-media-type" } });
    expect(answer.headers.get("accept-encoding")).toBeNull();
  });
});

describe("a bomb", () => {
  const spaces = compressed(Buffer.alloc(128 * KiB * KiB, " "), "br");
  it.each(bombs)(
    "$name is refused, and others are answered meanwhile",
    async ({ coding, bytes, refused }) => {
      const body = bytes();
      const sent = Array.from({ length: 8 }, () => call(body, coding));
      const others = Array.from({ length: 8 }, () => host.call("calc/add", [1, 2]));
      for (const answer of await Promise.all(others)) expect(answer.json).toBe(3);
      for (const { json: problem } of await Promise.all(sent)) expect(problem.code).toBe(refused);
    },
  );

  it.each(["gzip", "br", "zstd", "gzip, br"])("keeps no small body in %s waiting", async (coding) => {
    let refused = 0;
    const sent = Array.from({ length: 16 }, async () => {
      expect((await call(spaces, "br")).json.code).toBe("too-large");
      refused++;
    });
    await Promise.race(sent);
    const small = compressed(json([1, 2]), ...coding.split(", "));
    expect((await call(small, coding, "calc/add")).json).toBe(3);
    expect(refused).toBeLessThan(8);
    await Promise.all(sent);
  });

  it("never grows beyond the limit, whatever it would become", async () => {
    const body = compressed(Buffer.alloc(128 * KiB * KiB, " "), "gzip");
    let most = 0;
    const look = setInterval(() => {
      most = Math.max(most, heap.inUse);
    });
    expect((await call(body, "gzip")).json.code).toBe("too-large");
    clearInterval(look);
    // A decoder, eight megabytes in pieces, and as much again to put them together.
    expect(most).toBeLessThanOrEqual(17 * KiB * KiB + 64 * KiB);
  });

  it("is refused where the account has no room for it", async () => {
    const body = compressed(json(["x".repeat(4 * KiB * KiB)]), "br");
    const taken = heap.left - 20 * KiB * KiB;
    heap.take(taken, "the test");
    const answer = await call(body, "br");
    heap.give(taken);
    expect(answer).toMatchObject({ status: 503, json: { code: "no-capacity", subject: "a body in br" } });
  });
});
