/** Pages of the console for somebody who is signed in. */
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { authorization, type TestHost } from "../support/test-host.ts";

export interface SignedInPage {
  readonly page: Page;
  /** What the page complained of, violations of its policy too, and what it asked of other origins. */
  readonly complaints: readonly string[];
}

/** The console of that host, opened at `place` by somebody with the admin token. */
export async function signedInPage(
  browser: Browser,
  host: TestHost,
  place: string,
  options: BrowserContextOptions = {},
): Promise<SignedInPage> {
  const context = await browser.newContext({ locale: "en-US", ...options });
  await context.addInitScript(
    `try { sessionStorage.setItem("hotcell.token", ${JSON.stringify(authorization.replace("Bearer ", ""))}) } catch {}`,
  );
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("pageerror", ({ message }) => complaints.push(message));
  page.on("console", (message) => {
    // The browser tells so of every answer that refuses something.
    if (message.type() === "error" && !message.text().startsWith("Failed to load resource"))
      complaints.push(message.text());
  });
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(host.url) && !url.startsWith("blob:")) complaints.push(url);
  });
  await page.goto(`${host.url}/console/#${place}`);
  return { page, complaints };
}
