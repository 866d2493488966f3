/** Query parameters that nobody may take for another: what is misspelt, twice or no text is refused on every route. */
import { beforeAll, describe, expect, it } from "vitest";
import { component, sample } from "../../guests/small-plugins.ts";
import { hostOfFile } from "../../support/hosts.ts";

const host = await hostOfFile();
let digest = "";
beforeAll(async () => {
  digest = (await host.put("calc", sample())).json.version;
});

const routes = () =>
  [
    ["GET", "/plugins"],
    ["GET", "/plugins/calc"],
    ["GET", "/plugins/calc/wit"],
    ["GET", "/plugins/calc/versions"],
    ["GET", `/plugins/calc/versions/${digest}/wasm`],
    ["GET", `/plugins/calc/versions/${digest}/files`],
    ["GET", `/plugins/calc/versions/${digest}/files/a`],
    ["GET", "/plugins/calc/deployments"],
    ["GET", "/plugins/calc/diff"],
    ["GET", "/events"],
    ["GET", "/tokens"],
    ["POST", "/tokens"],
    ["PUT", "/plugins/calc"],
    ["PATCH", "/plugins/calc"],
    ["POST", "/plugins/calc/rollback"],
    ["DELETE", "/plugins/calc"],
    ["POST", "/call/calc/version"],
    ["DELETE", "/tokens/none"],
  ] as const;

const unchanged = async () =>
  expect((await host.send("GET", "/plugins/calc")).json).toMatchObject({ revision: 1 });

it("are refused on every route when it does not know them, with what it knows", async () => {
  for (const [method, path] of routes()) {
    const answer = await host.send(method, `${path}?dryrun`);
    expect(answer, `${method} ${path}`).toMatchObject({
      status: 400,
      json: {
        code: "bad-request",
        subject: "dryrun",
        remedy: expect.any(String),
        expected: expect.any(String),
      },
    });
  }
  await unchanged();
});

it("are refused on every route when they are no UTF-8 or a broken escape", async () => {
  for (const [method, path] of routes()) {
    for (const query of ["after=%ff", "after=%", "after=%2", "after=%zz", "%ff=1", "after=%ed%a0%80"]) {
      const answer = await host.send(method, `${path}?${query}`);
      expect(answer, `${method} ${path}?${query}`).toMatchObject({
        status: 400,
        json: { code: "bad-request" },
      });
      expect(answer.text).not.toContain("\ufffd");
    }
  }
  await unchanged();
});

describe("that come twice", () => {
  it.each([
    ["PUT", "/plugins/calc?dry-run=false&dry-run=true", "dry-run"],
    ["PATCH", "/plugins/calc?allow-state-loss&allow-state-loss=false", "allow-state-loss"],
    ["GET", "/plugins?limit=1&limit=2", "limit"],
    ["GET", "/plugins/calc/deployments?before=1&before=2", "before"],
    ["GET", "/plugins/calc/diff?from=a&from=b", "from"],
    ["GET", "/plugins/calc/wit?version=a&version=b", "version"],
    ["GET", "/events?after=1&after=2", "after"],
  ])("%s %s is refused", async (method, path, subject) => {
    const answer = await host.send(method, path);
    expect(answer).toMatchObject({
      status: 400,
      json: { code: "bad-request", subject, detail: `?${subject} is given 2 times.` },
    });
  });
});

describe("flags", () => {
  it.each(["1", "yes", "TRUE", "False", " ", "true,false"])("don't take %j", async (value) => {
    const answer = await host.put("calc", sample({ version: 2 }), `?dry-run=${encodeURIComponent(value)}`);
    expect(answer).toMatchObject({
      status: 400,
      json: { subject: "dry-run", actual: value, remedy: "Send ?dry-run=true, or leave it out." },
    });
    await unchanged();
  });

  it("take a wrong case for a mistake", async () => {
    const answer = await host.put("calc", sample({ version: 2 }), "?Dry-Run");
    expect(answer).toMatchObject({ status: 400, json: { near: ["dry-run"] } });
    await unchanged();
  });
});

describe("of calls", () => {
  const get = (query: string) => host.send("GET", `/call/calc/echo?${query}`, { anonymous: true });

  it("carry all text that is UTF-8", async () => {
    for (const text of ["a b", "100%", "é€🌍", "\ufffd", "\ufeffx", "\u0000", "a+b&c=d#e"]) {
      expect((await get(`text=${encodeURIComponent(text)}`)).json).toBe(text);
    }
    expect((await get("text=a+b")).json).toBe("a b");
  });

  it.each([
    ["text=%ff", "text", /not UTF-8/, /base64/],
    ["text=caf%e9", "text", /not UTF-8/, /UTF-8 before/],
    ["text=100%", "text", /begins no escape/, /%25/],
    ["t%ffxt=1", "t%ffxt", /not UTF-8/, /UTF-8/],
  ])("refuse %s, and say what is to be sent", async (query, subject, detail, remedy) => {
    expect(await get(query)).toMatchObject({
      status: 400,
      json: {
        subject,
        detail: expect.stringMatching(detail),
        remedy: expect.stringMatching(remedy),
        actual: query,
      },
    });
  });
});

it("are not taken beside a body of arguments", async () => {
  const answer = await host.call("calc/add?a=1", [1, 2]);
  expect(answer).toMatchObject({
    status: 400,
    json: { subject: "a", remedy: expect.stringContaining("GET") },
  });
  expect(await host.call("calc/add?", [1, 2])).toMatchObject({ status: 200, json: 3 });
});

describe("HEAD", () => {
  it("makes no call", async () => {
    await host.put(
      "counter",
      component(`
        (core module $m
          (global $n (mut i32) (i32.const 0))
          (func (export "next") (result i32)
            (global.set $n (i32.add (global.get $n) (i32.const 1))) (global.get $n)))
        (core instance $i (instantiate $m))
        (func (export "next") (result u32) (canon lift (core func $i "next")))`),
    );
    for (let i = 0; i < 3; i++) {
      const answer = await host.send("HEAD", "/call/counter/next", { anonymous: true });
      expect(answer).toMatchObject({ status: 405, text: "" });
      expect(answer.headers.get("allow")).toBe("GET, POST");
    }
    expect((await host.send("GET", "/plugins/counter")).json.counters.calls).toBe(0);
    expect((await host.send("GET", "/call/counter/next")).json).toBe(1);
  });

  it("answers elsewhere as GET does, without the body", async () => {
    for (const path of [
      "/plugins",
      "/plugins/calc",
      "/plugins/calc/wit",
      "/plugins/none",
      "/healthz",
      "/plugins?x",
    ]) {
      const [get, headOnly] = [await host.send("GET", path), await host.send("HEAD", path)];
      expect(headOnly).toMatchObject({ status: get.status, text: "" });
      for (const name of ["content-type", "etag"]) {
        expect(headOnly.headers.get(name)).toBe(get.headers.get(name));
      }
    }
  });
});
