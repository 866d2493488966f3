/** Pages of the console in a real browser, and what they complain of. */
import axe from "axe-core";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { expect } from "vitest";
import { authorization, type TestHost } from "../support/test-host.ts";

/** Token of the host, as somebody pastes it. */
export const pasted = authorization.replace("Bearer ", "");

/** Page with all that it noticed which nobody wants: messages, errors, breaches of its policy, requests to others. */
export interface ConsolePage {
  readonly page: Page;
  readonly noticed: string[];
}

interface Opening extends BrowserContextOptions {
  /** Place in the console: `#/plugins`. */
  readonly at?: string;
  readonly signedIn?: boolean;
}

/** Opens the console in a browser of its own, which its test closes by `page.context().close()`. */
export async function openConsole(
  browser: Browser,
  host: Pick<TestHost, "url">,
  opening: Opening = {},
): Promise<ConsolePage> {
  const { at = "", signedIn = false, ...options } = opening;
  const context = await browser.newContext({ locale: "en", ...options });
  if (signedIn)
    await context.addInitScript(`sessionStorage.setItem("hotcell.token", ${JSON.stringify(pasted)})`);
  const page = await context.newPage();
  const noticed: string[] = [];
  page.on("console", (message) => noticed.push(message.text()));
  page.on("pageerror", (error) => noticed.push(error.message));
  page.on("request", (request) => {
    if (new URL(request.url()).origin !== new URL(host.url).origin) noticed.push(request.url());
  });
  await page.addInitScript(
    `addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) => console.error("policy", violatedDirective, blockedURI))`,
  );
  await page.goto(`${host.url}/console/${at}`);
  return { page, noticed };
}

/** What is wrong with the page for people who see, hear or point otherwise, by axe. */
export async function accessibility(page: Page): Promise<readonly string[]> {
  // What fades in has other colours meanwhile.
  await page.evaluate(
    "Promise.allSettled(document.getAnimations().map(({ finished }) => finished)).then(() => {})",
  );
  await page.evaluate(axe.source);
  const run = `axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] })`;
  const { violations } = (await page.evaluate(run)) as {
    violations: { id: string; nodes: { target: string[]; failureSummary: string }[] }[];
  };
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${target.join(" ")}: ${failureSummary}`),
  );
}

/** Expects the page to fit its screen. */
export async function expectToFit(page: Page): Promise<void> {
  const { width } = page.viewportSize()!;
  expect(await page.evaluate("document.documentElement.scrollWidth")).toBeLessThanOrEqual(width);
}
