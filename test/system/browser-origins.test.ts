/** Pages of other origins in a real browser: which of them may use the API, and that the rest can't act by it. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { exampleWasm } from "../support/examples.ts";
import { startTestHost, type TestHost } from "../support/test-host.ts";
import { answerTo } from "./answers.ts";
import { browserOfFile, hasBrowser } from "./browser.ts";

/** An origin of its own with one empty page. */
function pageServer(): Promise<Server> {
  const server = createServer((_request, response) => {
    response.setHeader("content-type", "text/html");
    response.end("<!doctype html><title>a page</title>");
  });
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)));
}

const originOf = (server: Server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

interface Asking {
  readonly method?: "POST";
  readonly mode?: "no-cors";
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

describe.runIf(hasBrowser)("a page of another origin", () => {
  const browser = browserOfFile();
  let friend: Server;
  let stranger: Server;
  let host: TestHost;
  beforeAll(async () => {
    [friend, stranger] = await Promise.all([pageServer(), pageServer()]);
    host = await startTestHost({ cors: [originOf(friend)] });
    await host.put("counter", exampleWasm("counter"));
  });
  afterAll(async () => {
    await host.close();
    for (const server of [friend, stranger]) server.close();
  });

  const open = async (server: Server): Promise<Page> => {
    const page = await browser().newPage();
    await page.goto(originOf(server));
    return page;
  };
  const counted = async () => (await host.call("counter/value", [])).json as number;

  /** What a page gets for a request, or why it gets nothing. */
  const ask = (page: Page, path: string, asking: Asking): Promise<string> =>
    page.evaluate(
      ({ url, init }) =>
        fetch(url, init).then(
          async (answer) => `${answer.type} ${answer.status} ${await answer.text()}`,
          (error: Error) => error.name,
        ),
      { url: host.url + path, init: asking },
    );
  const increment = "/call/counter/increment";
  const json = { "content-type": "application/json" };

  it("that is allowed calls plugins", async () => {
    const page = await open(friend);
    const before = await counted();
    const answer = await ask(page, increment, { method: "POST", headers: json, body: "[1]" });
    expect(answer).toBe(`cors 200 ${before + 1}`);
    await page.close();
  });

  it("that is not allowed can neither call plugins nor read what they say", async () => {
    const page = await open(stranger);
    const before = await counted();
    expect(await ask(page, increment, { method: "POST", headers: json, body: "[1]" })).toBe("TypeError");
    // Sent without a question first, as a form is: the host does nothing, and its answer is kept from the page.
    expect(await ask(page, increment, { method: "POST", mode: "no-cors", body: "[1]" })).toBe("TypeError");
    expect(await ask(page, `${increment}?by=1`, { mode: "no-cors" })).toBe("TypeError");
    await page.setContent(
      `<form method="post" enctype="text/plain" action="${host.url}${increment}"><input name="x"></form>`,
    );
    await Promise.all([page.waitForNavigation(), page.evaluate("document.forms[0].submit()")]);
    expect(await page.textContent("body")).toContain('"code":"cross-site"');
    expect(await counted()).toBe(before);
    await page.close();
  });

  it.each(["prefetch", "prerender"])(
    "that is not allowed can't have the browser call by a %s",
    async (ahead) => {
      const page = await open(stranger);
      const before = await counted();
      const rules = JSON.stringify({
        [ahead]: [{ urls: [`${host.url}${increment}?by=1`], eagerness: "immediate" }],
      });
      const answer = answerTo(`${increment}?by=1`);
      await page.setContent(`<script type="speculationrules">${rules}</script>`);
      const { status, headers } = await answer;
      // As if somebody had typed the address.
      expect([status, headers["sec-fetch-site"]]).toEqual([403, "none"]);
      expect(await counted()).toBe(before);
      await page.close();
    },
  );
});
