/** What bad input gets: a 4xx that names the thing and the remedy. The server serves on and the live version stays. */

import fc from "fast-check";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { component, coreModule, sample } from "../../guests/small-plugins.ts";
import { hostOfFile } from "../../support/hosts.ts";
import { type Answer, authorization, type Body } from "../../support/test-host.ts";

const host = await hostOfFile({ limits: { upload: 64 * 1024, json: 2 * 1024 } });
const valid = sample();
const text = (source: string) => new TextEncoder().encode(source);

beforeAll(async () => {
  expect((await host.put("live", valid)).status).toBe(201);
});
afterEach(async () => {
  const { json } = await host.send("GET", "/plugins/live");
  expect(json).toMatchObject({ revision: 1, functions: expect.arrayContaining(["version"]) });
  expect((await host.call("live/version", [])).json).toBe(1);
  expect(host.faults).toEqual([]);
});

function expectProblem(answer: Answer, status: number, code: string): void {
  expect(answer.headers.get("content-type")).toBe("application/problem+json");
  expect(answer.json).toMatchObject({ type: `urn:hotcell:error:${code}`, status, code });
  expect(answer.json.title).toBeTruthy();
  expect(answer.json.detail).toBeTruthy();
  expect(answer.status).toBe(status);
}

describe("an upload", () => {
  it.each([
    ["nothing at all", text("")],
    ["text", text("console.log('not wasm')")],
    ["a few bytes of the magic number", valid.slice(0, 3)],
  ])("that is %s is not WebAssembly", async (_, bytes) => {
    expectProblem(await host.put("live", bytes), 400, "not-wasm");
  });

  it("that is empty is told so", async () => {
    const answer = await host.put("live", text(""));
    expect(answer.json.detail).toBe("This is not WebAssembly: it is empty.");
  });

  it("that is a core module is told how to become a component", async () => {
    const answer = await host.put("live", coreModule());
    expectProblem(answer, 400, "core-module");
    expect(answer.json.remedy).toMatch(/asc/);
  });

  it("that is cut off is refused, wherever the cut is", async () => {
    for (let length = 8; length < valid.length; length += 7) {
      const { status } = await host.put("live", valid.slice(0, length), "?dry-run");
      // A cut between sections can leave a valid component with fewer exports, or without its names.
      expect([200, 400, 409]).toContain(status);
    }
  });

  it("that is mutated never gets a 5xx", async () => {
    const mutation = fc.tuple(fc.nat(valid.length - 1), fc.nat(255));
    await fc.assert(
      fc.asyncProperty(fc.array(mutation, { minLength: 1, maxLength: 3 }), async (mutations) => {
        const bytes = valid.slice();
        for (const [at, value] of mutations) bytes[at] = value;
        const { status } = await host.put("live", bytes, "?dry-run");
        expect(status).toBeLessThan(500);
      }),
      { numRuns: 100 },
    );
  });

  it("that needs an import which is not granted is told the grant", async () => {
    const clock = component(`
      (import "wasi:clocks/monotonic-clock@0.2.0" (instance (export "now" (func (result u64)))))`);
    const answer = await host.put("clock", clock);
    expectProblem(answer, 403, "import-not-granted");
    expect(answer.text).toContain("wasi:clocks/monotonic-clock@0.2.0");
    expect(answer.json.remedy).toContain("clocks");
  });

  it("that needs an unknown import is told its name", async () => {
    const odd = component(`(import "evil:corp/backdoor" (instance (export "open" (func))))`);
    const answer = await host.put("odd", odd);
    expectProblem(answer, 400, "unknown-import");
    expect(answer.text).toContain("evil:corp/backdoor");
  });

  it("that is asynchronous is refused as unsupported", async () => {
    const asynchronous = component(`
      (core module $m (func (export "f") (result i32) unreachable)
        (func (export "cb") (param i32 i32 i32) (result i32) unreachable))
      (core instance $i (instantiate $m))
      (type $async (func async))
      (func (export "f") (type $async) (canon lift (core func $i "f") async (callback (core func $i "cb"))))`);
    expectProblem(await host.put("later", asynchronous), 400, "unsupported-feature");
  });

  it("under a bad name is refused", async () => {
    for (const name of ["Live", "-live", "a_b", "a".repeat(64), "%2e%2e%2fetc", "caf%C3%A9"]) {
      expectProblem(await host.put(name, valid), 400, "bad-plugin-name");
    }
  });

  it("of the wrong content type is told the right one", async () => {
    for (const type of ["application/x-www-form-urlencoded", "text/plain"]) {
      const answer = await host.put("live", valid, "", { "content-type": type });
      expectProblem(answer, 415, "unsupported-media-type");
      expect(answer.json.actual).toBe(type);
      expect(answer.json.remedy).toMatch(/^curl -T plugin.wasm .* http:.*\/plugins\/live$/);
    }
  });

  it("sent as JSON, which would name one, is told both ways", async () => {
    for (const [bytes, status, code] of [
      [valid, 400, "bad-json"],
      [new Uint8Array(8 * 1024 * 1024 + 1), 413, "too-large"],
    ] as const) {
      const answer = await host.put("live", bytes, "", { "content-type": "application/json" });
      expectProblem(answer, status, code);
      expect(answer.json.remedy).toMatch(/^Send \{"oci":.*, or a component as application\/wasm\.$/);
    }
  });

  it("over the limit is refused, also as multipart", async () => {
    const large = new Uint8Array(64 * 1024 + 1);
    const answer = await host.put("live", large);
    expectProblem(answer, 413, "too-large");
    expect(answer.json).toMatchObject({ limit: 65536, actual: 65537 });
    const body = new FormData();
    body.set("plugin", new Blob([large]), "plugin.wasm");
    expectProblem(await host.send("PUT", "/plugins/live", { body }), 413, "too-large");
    body.set("settings", " ".repeat(1024 * 1024));
    expectProblem(await host.send("PUT", "/plugins/live", { body }), 413, "too-large");
  });
});

describe("a multipart upload", () => {
  const file = new Blob([valid as Uint8Array<ArrayBuffer>]);
  const send = (fill: (form: FormData) => void) => {
    const body = new FormData();
    fill(body);
    return host.send("PUT", "/plugins/live", { body });
  };

  it.each<[string, string, (form: FormData) => void]>([
    ["without the file", "plugin", (form) => form.set("settings", "{}")],
    ["whose plugin is text", "file", (form) => form.set("plugin", "…")],
    [
      "with two plugins",
      "2 times",
      (form) => {
        form.append("plugin", file, "a.wasm");
        form.append("plugin", file, "b.wasm");
      },
    ],
    [
      "with another field",
      '"setings"',
      (form) => {
        form.set("plugin", file, "a.wasm");
        form.set("setings", "{}");
      },
    ],
    [
      "whose settings are no object",
      "settings",
      (form) => {
        form.set("plugin", file, "a.wasm");
        form.set("settings", "7");
      },
    ],
  ])("%s is refused", async (_, named, fill) => {
    const answer = await send(fill);
    expectProblem(answer, 400, "bad-request");
    expect(answer.json.detail).toContain(named);
  });

  it("whose settings are no JSON is refused", async () => {
    const answer = await send((form) => {
      form.set("plugin", file, "a.wasm");
      form.set("settings", "{mode: fresh}");
    });
    expectProblem(answer, 400, "bad-json");
  });

  it("with settings that don't exist is refused", async () => {
    const answer = await send((form) => {
      form.set("plugin", file, "a.wasm");
      form.set("settings", '{"moed":"fresh"}');
    });
    expectProblem(answer, 400, "bad-settings");
    expect(answer.text).toContain("moed");
  });

  it.each(["multipart/form-data", "multipart/form-data; boundary=other"])(
    "as %s is refused",
    async (type) => {
      const headers = { "content-type": type };
      expectProblem(
        await host.send("PUT", "/plugins/live", { body: "--x\r\n", headers }),
        400,
        "bad-request",
      );
    },
  );
});

describe("a request", () => {
  it("with a wrong token or none changes nothing", async () => {
    const requests = [
      ["PUT", "/plugins/live"],
      ["PATCH", "/plugins/live"],
      ["POST", "/plugins/live/rollback"],
      ["DELETE", "/plugins/live"],
      ["GET", "/plugins/live/versions/sha256:00/wasm"],
    ] as const;
    for (const [method, path] of requests) {
      const missing = await host.send(method, path, { anonymous: true });
      expectProblem(missing, 401, "unauthorized");
      expect(missing.headers.get("www-authenticate")).toBe('Bearer realm="hotcell"');
      expect(missing.json.challenge).toBeUndefined();
      const wrong = await host.send(method, path, { headers: { authorization: `${authorization}x` } });
      expectProblem(wrong, 401, "unauthorized");
      expect(wrong.headers.get("www-authenticate")).toContain('error="invalid_token"');
    }
  });

  it("for an unknown plugin is given near misses", async () => {
    for (const answer of [
      await host.send("GET", "/plugins/lief"),
      await host.call("lief/version", []),
      await host.send("GET", "/plugins/lief/wit"),
      await host.send("DELETE", "/plugins/lief"),
    ]) {
      expectProblem(answer, 404, "plugin-not-found");
      expect(answer.json).toMatchObject({ subject: "lief", near: ["live"] });
    }
  });

  it("for an unknown function is given near misses", async () => {
    for (const [path, near] of [
      ["live/verson", "version"],
      ["live/math/add-upp", "add-up"],
    ]) {
      const answer = await host.call(path!, []);
      expectProblem(answer, 404, "function-not-found");
      expect(answer.text).toContain(near);
    }
  });

  it("for an unknown route or method is told so", async () => {
    for (const path of ["/", "/plugin", "/plugins/", "/plugins/live/", "/call/live", "/metric"]) {
      expectProblem(await host.send("GET", path), 404, "route-not-found");
    }
    expectProblem(await host.send("GET", "/http/live/x"), 404, "no-handler");
    for (const [method, path, allow] of [
      ["DELETE", "/plugins", "GET, HEAD"],
      ["POST", "/plugins/live", "GET, HEAD, PUT, PATCH, DELETE"],
      ["PUT", "/call/live/version", "GET, POST"],
      ["POST", "/healthz", "GET, HEAD"],
      ["HEAD", "/call/live/version", "GET, POST"],
      ["OPTIONS", "/call/live/version", "GET, POST"],
      ["OPTIONS", "/tokens", "GET, HEAD, POST"],
      ["HEAD", "/plugins/live/rollback", "POST"],
      ["GET", "/plugins/live/rollback", "POST"],
    ] as const) {
      const answer = await host.send(method, path);
      if (method === "HEAD") expect(answer).toMatchObject({ status: 405, text: "" });
      else expectProblem(answer, 405, "method-not-allowed");
      expect(answer.headers.get("allow")).toBe(allow);
    }
  });
});

describe("a call", () => {
  const post = (body: Body, headers: Record<string, string> = { "content-type": "application/json" }) =>
    host.send("POST", "/call/live/add", { body, headers });

  it.each([[], [1], [1, 2, 3], {}, { a: 1 }, { a: 1, b: 2, c: 3 }].map((args) => [JSON.stringify(args)]))(
    "with the wrong arguments %s is refused",
    async (args) => {
      const answer = await post(args);
      expectProblem(answer, 400, "bad-argument");
      expect(answer.text).toMatch(/add|[abc]/);
    },
  );

  it.each(['["1",2]', "[1.5,2]", "[-1,2]", "[4294967296,2]", "[null,2]", "[[1],2]", "[{},2]"])(
    "with arguments of the wrong type %s is told where, what is expected and what came",
    async (args) => {
      const answer = await post(args);
      expectProblem(answer, 400, "bad-argument");
      expect(answer.json.detail).toContain("u32");
    },
  );

  it.each(["7", '"x"', "null", "true"])("with the body %s is refused", async (body) => {
    expectProblem(await post(body), 400, "bad-argument");
  });

  it.each(["[1,2", "{a:1}", "[1,2]x", "\u0000"])("with invalid JSON %j is refused", async (body) => {
    expectProblem(await post(body), 400, "bad-json");
  });

  it("that is not UTF-8 is refused", async () => {
    expectProblem(await post(new Uint8Array([0x22, 0xff, 0x22])), 400, "bad-json");
  });

  it.each(["text/plain", "application/x-www-form-urlencoded", "application/jsonx", ""])(
    "of the content type %j is refused",
    async (type) => {
      expectProblem(
        await post(text("[1,2]"), type === "" ? {} : { "content-type": type }),
        415,
        "unsupported-media-type",
      );
    },
  );

  it("over the limit is refused", async () => {
    expectProblem(await post(`[1,${" ".repeat(2048)}2]`), 413, "too-large");
  });
});
