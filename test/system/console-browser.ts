/** The console as it ships, over a real host, in a real browser: what a page of it complains of, and whether everybody can use it. */
import axe from "axe-core";
import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, expect, inject } from "vitest";
import { BuiltConsole } from "../../host/console/built-console.ts";
import { authorization, startTestHost, type TestHost } from "../support/test-host.ts";
import { startBrowser } from "./browser.ts";

/** Token of the host, as somebody pastes it. */
export const pasted = authorization.replace("Bearer ", "");

interface ConsolePage {
  readonly page: Page;
  /** Closes it, and expects that nothing came of it which nobody wants: messages, errors, breaches of its policy, requests to others. */
  readonly end: () => Promise<void>;
}

/** Options of a page; any that browsers know give it a context of its own. */
interface Opening extends BrowserContextOptions {
  /** Nobody is signed in; else the admin is. */
  readonly anonymous?: boolean;
  /** Host in place of the file's. */
  readonly host?: TestHost;
}

interface ConsoleOfFile {
  readonly host: TestHost;
  readonly browser: Browser;
  /** Opens the console at a place: `/plugins`. */
  readonly open: (place: string, opening?: Opening) => Promise<ConsolePage>;
}

/** Console, host and browser that the tests of a file share; `prepare` is called with the host before the first of them. */
export function consoleOfFile(prepare: (host: TestHost) => Promise<unknown> = async () => {}): ConsoleOfFile {
  let host: TestHost;
  let browser: Browser;
  const contexts = new Map<boolean, Promise<BrowserContext>>();
  const contextOf = async (anonymous: boolean, options: BrowserContextOptions) => {
    const context = await browser.newContext({ locale: "en-US", ...options });
    await context.addInitScript(
      `addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) => console.error("policy", violatedDirective, blockedURI))`,
    );
    if (!anonymous)
      await context.addInitScript(
        `try { sessionStorage.setItem("hotcell.token", ${JSON.stringify(pasted)}) } catch {}`,
      );
    return context;
  };
  beforeAll(async () => {
    const consoleFiles = new BuiltConsole(inject("console"));
    [host, browser] = await Promise.all([startTestHost({ consoleFiles }), startBrowser()]);
    await prepare(host);
  });
  afterAll(async () => {
    await browser?.close();
    await host?.close();
  });
  return {
    get host() {
      return host;
    },
    get browser() {
      return browser;
    },
    open: async (place, opening = {}) => {
      const { anonymous = false, host: at = host, ...options } = opening;
      const isOwn = Object.keys(options).length > 0;
      const shared = contexts.get(anonymous) ?? contextOf(anonymous, {});
      if (!isOwn) contexts.set(anonymous, shared);
      const context = await (isOwn ? contextOf(anonymous, options) : shared);
      const page = await context.newPage();
      const noticed = noticedBy(page, at.url);
      await page.goto(`${at.url}/console/#${place}`);
      const end = async () => {
        await (isOwn ? context.close() : page.close());
        expect(noticed).toEqual([]);
      };
      return { page, end };
    },
  };
}

/** Whatever a page says, fails at, or asks of others than that host. */
function noticedBy(page: Page, url: string): readonly string[] {
  const noticed: string[] = [];
  page.on("pageerror", ({ message }) => noticed.push(message));
  page.on("console", (message) => {
    // The browser tells so of every answer that refuses something.
    if (!message.text().startsWith("Failed to load resource")) noticed.push(message.text());
  });
  page.on("request", (request) => {
    const asked = request.url();
    if (!asked.startsWith(`${url}/`) && !asked.startsWith("blob:")) noticed.push(asked);
  });
  return noticed;
}

/** Rules that colours are about. All others find the same in light and in dark. */
const colourRules = ["color-contrast", "link-in-text-block"];

/** Faults of the page for people who see, hear or point otherwise, by axe. `coloursOnly`: of its colours alone. */
export async function accessibility(page: Page, coloursOnly = false): Promise<readonly string[]> {
  // What fades in has other colours meanwhile, and something may begin to at any time: nothing does for who wants no motion.
  await page.emulateMedia({ reducedMotion: "reduce" });
  await page.evaluate(
    "Promise.allSettled(document.getAnimations().map(({ finished }) => finished)).then(() => {})",
  );
  if (!(await page.evaluate("'axe' in window"))) await page.evaluate(axe.source);
  const only = coloursOnly
    ? colourRules
    : ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
  const { violations } = (await page.evaluate(
    `axe.run(document, { runOnly: ${JSON.stringify(only)}, resultTypes: ["violations"] })`,
  )) as { violations: { id: string; nodes: { target: string[]; failureSummary: string }[] }[] };
  await page.emulateMedia({ reducedMotion: null });
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${target.join(" ")}: ${failureSummary}`),
  );
}

/** Dialogs that are wider than their place, and of a page that is wider than its screen the elements that reach over its edge. */
const tooWide = `[...document.querySelectorAll("dialog")].filter((each) => each.scrollWidth > each.clientWidth).map(() => "dialog").concat(
  document.documentElement.scrollWidth <= innerWidth ? [] : [...document.body.querySelectorAll("*")]
    .filter((each) => each.getBoundingClientRect().right > innerWidth + 1 && !each.closest("nav, table, pre, details:not([open])"))
    .map((each) => each.cloneNode().outerHTML)
    .slice(-5))`;

/** Expects the page to fit its screen. A chart is as wide as before until the browser has made a frame of the new size. */
export async function expectToFit(page: Page): Promise<void> {
  await expect.poll(() => page.evaluate(tooWide), { timeout: 20_000 }).toEqual([]);
}
