/** Pages of plugins in a real browser: at the origin of the API they can't act as a page of that, at their own they may do what any site may. */
import type { Context } from "hono";
import type { BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { puppetSite, type Served, served } from "../guests/puppet-site.ts";
import { exampleWasm } from "../support/examples.ts";
import { removeTemporaryFolders } from "../support/plugin-build.ts";
import { startTestHost, type TestHost } from "../support/test-host.ts";
import { answerTo } from "./answers.ts";
import { browserOfFile, hasBrowser, startBrowser } from "./browser.ts";
import { elements, keeper, readers } from "./page-attacks.ts";

/** A page that keeps a token, in memory and for its tab, and tells it to whoever asks from its origin. */
/** Path of a page as the console is: it keeps a token, and its headers guard it. */
const guarded = "/guarded/";

const keeping = `<!doctype html><title>keeper</title><script>
  var token = "the token", heard = [];
  sessionStorage.token = localStorage.token = token;
  const channel = new BroadcastChannel("keeper");
  channel.onmessage = ({ data }) => { heard.push(data); channel.postMessage({ token }); };
</script>`;

describe.runIf(hasBrowser)("a page of a plugin", () => {
  const browser = browserOfFile();
  let host: TestHost;
  let context: BrowserContext;
  beforeAll(async () => {
    host = await startTestHost({
      addRoutes: (app) => {
        // Like the console, which keeps a token and guards it by headers of its own, with an open script.
        app.get(guarded, (c) => {
          c.header("cross-origin-opener-policy", "same-origin");
          c.header("content-security-policy", "frame-ancestors 'none'");
          return c.html(keeping);
        });
        app.get(keeper, (c) => c.html(keeping));
        app.get("/worker.js", (c) =>
          c.body("onconnect = ({ ports }) => ports[0].postMessage(origin)", 200, {
            "content-type": "text/javascript",
          }),
        );
        // What a plugin's page would be if nobody kept it from acting.
        app.get("/insider/*", (c: Context) => {
          for (const field of c.req.queries("field") ?? []) {
            const [name = "", value] = field.split(": ", 2);
            c.header(name, value);
          }
          return c.html(c.req.query("body") ?? "<!doctype html><title>insider</title>");
        });
      },
    });
    await host.put("counter", exampleWasm("counter"));
    for (const name of ["evil", "other"]) await host.put(name, await puppetSite());
    context = await browser().newContext();
  });
  afterAll(async () => {
    await context?.close();
    await host?.close();
    await removeTemporaryFolders();
  });

  const places = { plugin: "/http/evil/", insider: "/insider/" };
  const at = (place: keyof typeof places, page: Served = {}) => host.url + places[place] + served(page);
  const own = (name: string) => `http://${name}.localhost:${host.port}/`;
  const open = async (url: string): Promise<Page> => {
    const page = await context.newPage();
    // What a tab keeps for an origin is there when another page of it comes.
    await page.goto(host.url + keeper);
    await page.goto(url);
    return page;
  };
  /** Loot of a script, or the name of its error. */
  const run = (page: Page, script: string): Promise<string> =>
    page.evaluate(
      `(async () => { ${script} })().then((loot) => "loot: " + loot, (error) => "error: " + error.name)`,
    );
  const counted = async () => (await host.call("counter/value", [])).json as number;

  describe("at the origin of the API", () => {
    let plugin: Page;
    let insider: Page;
    beforeAll(async () => {
      [plugin, insider] = [await open(at("plugin")), await open(at("insider"))];
    });

    it.each(readers)("can't %s", async (_, script) => {
      expect(await run(insider, script)).toMatch(/^loot: ./);
      expect(await run(plugin, script)).toMatch(/^error: /);
    });

    let number = 0;
    it.each(elements)("calls nothing by %s", async (element) => {
      for (const [page, status] of [
        [insider, 200],
        [plugin, 403],
      ] as const) {
        const before = await counted();
        const by = ++number;
        const path = "/call/counter/increment";
        const answer = answerTo(`${path}?by=${by}`);
        const html = element
          .replaceAll("URL", `${path}?by=${by}`)
          .replaceAll("PATH", path)
          .replaceAll("NUMBER", `${by}`);
        await page.evaluate(
          `document.body.replaceChildren(document.createRange().createContextualFragment(${JSON.stringify(html)}))`,
        );
        expect((await answer).status).toBe(status);
        expect(await counted()).toBe(before + (page === insider ? by : 0));
      }
    });

    it.each([
      ["text/html", "<script>document.title = origin</script>"],
      [
        "application/xhtml+xml",
        '<html xmlns="http://www.w3.org/1999/xhtml"><head><title>x</title></head><body><script>document.title = origin</script></body></html>',
      ],
      [
        "image/svg+xml",
        '<svg xmlns="http://www.w3.org/2000/svg"><title>x</title><script>document.title = origin</script></svg>',
      ],
    ])("is nobody's as %s, with whatever status and policy", async (type, body) => {
      const page = await context.newPage();
      for (const status of [200, 206, 404, 500]) {
        for (const policy of [
          "sandbox allow-same-origin allow-scripts",
          "default-src *",
          "sandbox, sandbox allow-same-origin",
        ]) {
          await page.goto(
            at("plugin", { status, type, body, fields: { "content-security-policy": policy } }),
          );
          expect(await page.evaluate("origin")).toBe("null");
        }
      }
      await page.goto(at("insider", { body }));
      expect(await page.title()).toBe(host.url);
      await page.close();
    });

    it("stays nobody's when it bears another address, and is gone when that is loaded", async () => {
      const page = await open(at("plugin"));
      await page.evaluate("history.pushState(null, '', '/guarded/')");
      expect([page.url(), await page.evaluate("origin")]).toEqual([host.url + guarded, "null"]);
      await page.reload();
      expect(await page.evaluate("[origin, document.title].join()")).toBe(`${host.url},keeper`);
      const before = await counted();
      for (const load of ["location.reload()", "history.go(0)"]) {
        await page.goto(at("plugin"));
        await page.evaluate("history.replaceState(null, '', '/call/counter/increment?by=1')");
        const answer = answerTo("/call/counter/increment?by=1");
        await Promise.all([page.waitForNavigation(), page.evaluate(`setTimeout(() => ${load})`)]);
        expect((await answer).status).toBe(403);
      }
      expect(await counted()).toBe(before);
      await page.close();
    });

    it.each([
      ['<form action="/call/counter/increment"><input name="by" value="7"></form>', "?by=7"],
      ['<form method="post" action="/call/counter/increment"></form>', ""],
      [
        '<form method="post" enctype="text/plain" action="/call/counter/increment"><input name="[7, {&quot;" value="&quot;: 1}]"></form>',
        "",
      ],
      [
        '<form method="post" enctype="multipart/form-data" action="/plugins/evil"><input name="settings" value="{}"></form>',
        "",
      ],
    ])("does nothing by %s", async (form, query) => {
      const page = await open(at("plugin", { body: form }));
      const before = await counted();
      await Promise.all([page.waitForNavigation(), page.evaluate("document.forms[0].submit()")]);
      expect(await page.textContent("body")).toMatch(
        query === "" ? /"code":"(?:cross-site|method-not-allowed|unauthorized)"/ : /"code":"cross-site"/,
      );
      expect(await counted()).toBe(before);
      await page.close();
    });

    it("has no hold of who opened it, nor of what was in its tab before", async () => {
      for (const path of [keeper, guarded]) {
        const page = await context.newPage();
        await page.goto(host.url + path);
        await page.evaluate("name = token");
        const popup = page.waitForEvent("popup");
        await page.evaluate(`void (globalThis.opened = open(${JSON.stringify(at("plugin"))}, "evil"))`);
        const evil = await popup;
        await evil.waitForLoadState();
        expect(await evil.evaluate("[opener, name, origin].join()")).toBe(",,null");
        // The opener hears of it from another process of the browser's.
        await page.waitForFunction("opened.closed");
        // And in the same tab.
        await page.goto(at("plugin"));
        expect(await page.evaluate("name")).toBe("");
        await page.goBack();
        expect(await page.evaluate("token")).toBe("the token");
        for (const each of [evil, page]) await each.close();
      }
    });

    it("talks to no page of the origin", async () => {
      const listener = await open(host.url + keeper);
      const ask = (from: string) => `new BroadcastChannel("keeper").postMessage("${from}")`;
      await plugin.evaluate(ask("plugin"));
      await insider.evaluate(ask("insider"));
      await listener.waitForFunction("heard.includes('insider')");
      expect(await listener.evaluate("heard")).not.toContain("plugin");
      await listener.close();
    });

    it("sets cookies for its own path only, by a name that is its own", async () => {
      await context.clearCookies();
      const page = await context.newPage();
      for (const cookie of [
        "a=1; Path=/",
        "b=1; Domain=127.0.0.1",
        "c=1; Path=/http/other/",
        "__Host-d=1; Path=/; Secure",
        "e=1; path=/http/evil/; path=/",
        "f",
        "=g",
        "h=1; Path=/http/evil/",
      ]) {
        await page.goto(at("plugin", { fields: { "set-cookie": cookie } }));
      }
      const cookies = await context.cookies();
      expect(cookies.map(({ name, value, path }) => `${name}=${value} ${path}`).sort()).toEqual([
        "=hotcell.evil.f /http/evil",
        "hotcell.evil.=g /http/evil",
        "hotcell.evil.h=1 /http/evil/",
      ]);
      await context.clearCookies();
      await page.close();
    });

    it.each([
      ["Clear-Site-Data", '"storage"', "localStorage.token ?? 'gone'", "the token"],
      ["Clear-Site-Data", '"*"', "document.cookie || 'gone'", "kept=1"],
    ])("does not act on the origin by %s: %s", async (name, value, script, kept) => {
      await context.addCookies([{ name: "kept", value: "1", url: host.url }]);
      const page = await open(at("plugin", { fields: { [name]: value } }));
      await page.goto(host.url + (script.startsWith("local") ? "/insider/" : keeper));
      expect(await page.evaluate(script)).toBe(kept);
      await page.goto(at("insider", { fields: { [name]: value } }));
      expect(await page.evaluate(script)).toBe("gone");
      await page.close();
      await context.clearCookies();
    });

    it("does not widen the scope of its service worker, for whoever registers one", async () => {
      const worker = `${places.plugin}${served({ type: "text/javascript", body: "1", fields: { "service-worker-allowed": "/" } })}`;
      const register = `return (await navigator.serviceWorker.register("${worker}", { scope: "/" })).scope;`;
      expect(await run(insider, register)).toBe("error: SecurityError");
    });
  });

  describe("at its own origin", () => {
    let page: Page;
    beforeAll(async () => {
      page = await open(own("evil"));
    });

    it("uses its own API, cookies, storage and forms", async () => {
      const ask = `return (await fetch("/api", { method: "POST", body: "hi" })).text();`;
      expect(await run(page, ask)).toBe("loot: POST no cookie hi");
      expect(await run(page, ask)).toBe("loot: POST seen=1 hi");
      expect(
        await run(
          page,
          `localStorage.mine = sessionStorage.mine = "1"; document.cookie = "js=1"; return document.cookie;`,
        ),
      ).toBe("loot: seen=1; js=1");
      expect(
        await run(
          page,
          `return (await navigator.serviceWorker.register("/${served({ type: "text/javascript", body: "1" }, "sw")}")).scope;`,
        ),
      ).toBe(`loot: ${own("evil")}`);
      const form = await open(
        own("evil") +
          served({
            body: `<form method="post" action="/api" enctype="text/plain"><input name="a" value="b"></form>`,
          }),
      );
      await Promise.all([form.waitForNavigation(), form.evaluate("document.forms[0].submit()")]);
      expect(await form.textContent("body")).toContain("POST seen=1; js=1 a=b");
      await form.close();
    });

    it.each(["127.0.0.1", "localhost"])("can't read or call the API at %s", async (name) => {
      const url = `http://${name}:${host.port}`;
      const before = await counted();
      expect(await run(page, `return (await fetch("${url}/plugins")).text();`)).toBe("error: TypeError");
      const target = "/call/counter/increment?by=1";
      for (const mode of ["no-cors", "cors"]) {
        const answer = answerTo(target);
        expect(await run(page, `await fetch("${url}${target}", { mode: "${mode}" });`)).toBe(
          "error: TypeError",
        );
        expect((await answer).status).toBe(403);
      }
      const socket = answerTo(target);
      await run(
        page,
        `return new Promise((resolve) => { new WebSocket("${url.replace("http", "ws")}${target}").onerror = () => resolve("refused"); });`,
      );
      expect((await socket).status).toBe(403);
      expect(await counted()).toBe(before);
    });

    it("can't frame, open or steer what is at the origin of the API, or at another plugin's", async () => {
      for (const url of [...[keeper, guarded, "/console/"].map((path) => host.url + path), own("other")]) {
        const frame = `const frame = document.createElement("iframe"); frame.src = "${url}"; document.body.append(frame);
          await new Promise((resolve) => { frame.onload = resolve; }); return frame.contentWindow.document.title;`;
        expect(await run(page, frame)).toBe("error: SecurityError");
        const popup = page.waitForEvent("popup");
        const opened = `const opened = globalThis.opened = open("${url}"); return opened === null ? "blocked" : "opened";`;
        expect(await run(page, opened)).toBe("loot: opened");
        const other = await popup;
        await other.waitForLoadState();
        expect(await run(page, `return opened.document.title;`)).toBe("error: SecurityError");
        // The headers of a console take it out of reach altogether.
        if (url.endsWith(guarded) || url.endsWith("/console/"))
          expect(await run(page, "return opened.closed;")).toBe("loot: true");
        await other.close();
      }
    });

    it("keeps its cookies and storage to itself, and reaches no other name's", async () => {
      for (const domain of ["localhost", ".localhost", "other.localhost", "127.0.0.1"]) {
        await page.evaluate(`document.cookie = "tossed=1; domain=${domain}; path=/"`);
      }
      expect((await context.cookies()).filter(({ name }) => name === "tossed")).toEqual([]);
      const other = await open(own("other"));
      await other.evaluate(`localStorage.mine = "other's"; document.cookie = "others=1"`);
      const cleared = await open(own("evil") + served({ fields: { "clear-site-data": '"*"' } }));
      expect(await cleared.evaluate("localStorage.mine")).toBeUndefined();
      await other.reload();
      expect(await other.evaluate("[localStorage.mine, document.cookie].join()")).toBe("other's,others=1");
      expect(await run(other, `return (await fetch("${own("evil")}api")).text();`)).toBe("error: TypeError");
      for (const each of [other, cleared]) await each.close();
    });

    it("leaves the names beside its own what they keep, cookies too", async () => {
      const names = ["evil", "other"].map((name) => `${name}.shop.test`);
      const [mine, others] = names.map((name) => `http://${name}:${host.port}/`);
      // Names that lead here as an owner's would, and that are good for a secure context.
      const [mapped, secure] = [
        "host-resolver-rules=MAP *.shop.test 127.0.0.1",
        `unsafely-treat-insecure-origin-as-secure=${mine},${others}`,
      ];
      const named = await startBrowser(`--${mapped}`, `--${secure}`);
      try {
        for (const name of ["evil", "other"])
          await host.registry.configure(name, { routes: [{ path: "/*", host: `${name}.shop.test` }] });
        const other = await (await named.newContext()).newPage();
        await other.goto(others!);
        await other.evaluate(`localStorage.kept = "1"; document.cookie = "kept=1"`);
        const clearing = await other.context().newPage();
        for (const kinds of ['"cookies"', '"*"', '"cookies", "storage"']) {
          await clearing.goto(mine! + served({}));
          await clearing.evaluate("localStorage.mine = 1");
          await clearing.goto(mine! + served({ fields: { "clear-site-data": kinds } }));
          expect(await clearing.evaluate("'mine' in localStorage")).toBe(kinds === '"cookies"');
          await other.reload();
          expect(await other.evaluate("[localStorage.kept, document.cookie].join()")).toBe("1,kept=1");
        }
      } finally {
        await named.close();
      }
    });
  });
});
