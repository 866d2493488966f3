/** The router for AssemblyScript, `hotcell/assembly/http`, as its page shows it and beyond. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { root } from "../support/cli.ts";
import { build, buildComponent, removeTemporaryFolders } from "../support/plugin-build.ts";
import { handlerHosts } from "./handler-hosts.ts";
import { httpExamples, pluginOf } from "./http-examples.ts";
import { witDeps } from "./wit-packages.ts";

afterAll(removeTemporaryFolders);

const page = readFileSync(join(root, "guest-plugins/assembly/README.md"), "utf8");
const index = readFileSync(join(root, "guest-plugins/assembly/hotcell/assembly/http/index.ts"), "utf8");
const exported = Array.from(index.matchAll(/^export \{ (.*) \}/gm), ([, name]) => name!);

const world = `package example:site@0.1.0;
world site {
  import wasi:http/types@0.2.0;
  export wasi:http/incoming-handler@0.2.0;
}`;

/** What the page does not show. */
const more = `
app.use("/order/*", (c) => { c.set("seen", "a"); c.next(); c.appendHeader("x-after", c.get("seen")!); });
app.get("/order/:x", (c) => { c.set("seen", c.get("seen")! + c.req.param("x")); c.next(); c.appendHeader("x-param", c.req.param("x")); });
app.get("/order/:y", (c) => c.text("second " + c.req.param("y")));
app.get("/none", (c) => {});
app.get("/refused", (c) => { c.header("bad name", "x"); c.text("x"); });
app.get("/café/:a/x:y/*", (c) => c.text(c.req.param("a") + "|" + c.req.param("*")));
app.post("/parsed", (c) => { const value = c.req.json(); c.text(value ? value.toString() : "none"); });
app.get("/twice", (c) => { c.header("X-A", "1"); c.header("x-a", "2"); c.appendHeader("x-a", "3"); c.text("a"); c.text("b"); });
app.post("/count", (c) => { let size = 0; for (let piece = c.req.body.read(100); piece; piece = c.req.body.read(100)) { assert(piece.length <= 100); size += piece.length; } c.text(size.toString()); });
app.get("/large", (c) => { const bytes = new Uint8Array(3000000); bytes.fill(7); c.bytes(bytes); });
app.post("/text", (c) => c.text(c.req.text()));
app.post("/unread", (c) => c.text("not read"));
app.get("/form", (c) => c.text(c.req.queries.names().join("|") + "=" + c.req.queries.getAll("a").join("|")));
`;

const source = pluginOf(page, exported).replace("\nexport default", `${more}\nexport default`);
const files = { "wit/world.wit": world, "assembly/index.ts": source, ...(await witDeps("wasi:http@0.2.0")) };
const component = await buildComponent({ files, options: ["-O3"] });

describe.each(handlerHosts)("a plugin of hotcell/assembly/http on %s", async (name, start) => {
  const { ask, close } = await start(component);
  afterAll(close);
  const post = async (target: string, body: string) => (await ask(target, { method: "POST", body })).text();

  test.each(httpExamples(page).map((example) => [example.title, example] as const))(
    "answers %s as its page says",
    async (_, { target, method, headers, body, answer }) => {
      const response = await ask(target, { method, headers, ...(body !== undefined && { body }) });
      expect(response.status).toBe(answer.status);
      expect(await response.text()).toBe(answer.body);
      for (const [name, value] of answer.headers) expect(response.headers.get(name)).toBe(value);
    },
  );

  test("answers HEAD as GET, without the body", async () => {
    for (const target of ["/hello/x", "/events", "/large"]) {
      const [head, get] = [await ask(target, { method: "HEAD" }), await ask(target)];
      expect(head.status).toBe(get.status);
      expect(await head.text()).toBe("");
      for (const name of ["content-type", "content-length"])
        expect(head.headers.get(name)).toBe(get.headers.get(name));
      await get.arrayBuffer();
    }
  });

  test("runs middleware and routes one within the other, with parameters of their own", async () => {
    const response = await ask("/order/b");
    expect(await response.text()).toBe("second b");
    expect(response.headers.get("x-after")).toBe("ab");
    expect(response.headers.get("x-param")).toBe("b");
  });

  test("takes whatever clients send in a path and a query", async () => {
    const texts = new Map([
      ["/caf%C3%A9/%zz/x:y/a/b%2Fc", "%zz|a/b/c"],
      ["/caf%C3%A9/1/x:y", "1|"],
      ["/form?a=1&&b&a=%&=x&a", "a|b|=1|%|"],
      ["/form?", "="],
      ["/form?%C3%A9=1&a=%C3", "é|a=\ufffd"],
      ["/hello/%F0%9F%98%80", "Hello, 😀!"],
    ]);
    for (const [target, text] of texts) expect(await (await ask(target)).text()).toBe(text);
    for (const target of ["/hello/", "/hello/a/b", "/hello", "/users//x", "/caf%C3%A9/x"])
      expect((await ask(target)).status).toBe(404);
  });

  test("reads UTF-8 as TextDecoder does", async () => {
    const samples = [
      "é世😀a",
      "a\xc3",
      "\xff\x80",
      "\xe4\xb8",
      "\xed\xa0\x80",
      "\xf0\x9f\x98",
      "\xf4\x90\x80\x80",
      "\xc0\xaf",
      "\xe0\x80\x80x",
    ];
    for (const [i, sample] of samples.entries()) {
      const bytes = i === 0 ? Buffer.from(sample) : Buffer.from(sample, "latin1");
      const response = await ask("/text", { method: "POST", body: bytes });
      expect(await response.text()).toBe(new TextDecoder().decode(bytes));
    }
  });

  test("reads JSON as JSON.parse does", async () => {
    const good = [
      "[]",
      "{}",
      '{"a":{"b":[1,-0.5,1e3,true,false,null,"x"]}}',
      " [ 1 , 2 ] ",
      '"\\u00e9\\n\\"\\\\\\/\\ud83d\\ude00"',
      "-12.5e-3",
      '{"a":1,"a":2}',
      "9007199254740993",
      "[[[[]]]]",
      '""',
    ];
    for (const text of good) expect(JSON.parse(await post("/parsed", text))).toEqual(JSON.parse(text));
    const bad = [
      "",
      "[",
      "[1,]",
      "{,}",
      '{"a"}',
      "{a:1}",
      "01",
      "1.",
      ".5",
      "+1",
      "tru",
      '"',
      '"\\x"',
      '"\\u12"',
      "[1] 2",
      '"\n"',
      "[".repeat(201),
      "-",
      "1e",
      "nul",
    ];
    for (const text of bad) expect([text, await post("/parsed", text)]).toEqual([text, "none"]);
    expect(await post("/parsed", "[".repeat(200) + "]".repeat(200))).not.toBe("none");
  });

  test("lets bodies of any size through, read or not", async () => {
    const million = "x".repeat(1_000_000);
    expect(await post("/count", million)).toBe("1000000");
    expect(await post("/upper", million)).toBe(million.toUpperCase());
    expect(await post("/echo", million)).toBe(million);
    expect(await post("/unread", "y".repeat(100_000))).toBe("not read");
    const large = new Uint8Array(await (await ask("/large")).arrayBuffer());
    expect(large.length).toBe(3_000_000);
    expect(large.every((byte) => byte === 7)).toBe(true);
  });

  test("sends what was said last", async () => {
    const response = await ask("/twice");
    expect(await response.text()).toBe("b");
    // jco's server keeps one value of a name.
    expect(response.headers.get("x-a")).toBe(name === "jco" ? "3" : "2, 3");
  });

  test.skipIf(name === "jco")("traps where it gives no answer, or none that can be sent", async () => {
    await expect(ask("/none")).rejects.toThrow(
      "GET /none was not answered (~lib/hotcell/assembly/http/context.ts:",
    );
    await expect(ask("/refused")).rejects.toThrow(
      "a header field was refused: bad name (~lib/hotcell/assembly/http/field-entries.ts:",
    );
    expect((await ask("/hello/x")).status).toBe(200);
  });
});

test("an app that is not the default export is asked for", async () => {
  const index = source.replace("export default app;", "export { app };");
  expect((await build({ files: { ...files, "assembly/index.ts": index } })).output).toContain(
    "\n  or:       export default app, an App of hotcell/assembly/http\n",
  );
});
