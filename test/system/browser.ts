/** A real browser, Debian's Chromium, without a window. */
import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, inject } from "vitest";
import { fileOf } from "./packages.ts";

/** False where this machine has no Chromium, and need not have one. */
export const hasBrowser = !inject("missing").includes("chromium");

/** Starts one, with arguments besides its own; whoever starts it closes it. */
export function startBrowser(...args: string[]): Promise<Browser> {
  // As root, which CI may be, Chromium starts only without a sandbox of its own.
  return chromium.launch({ executablePath: fileOf("chromium")!, args: ["--no-sandbox", ...args] });
}

/** Gives the browser that the tests of a file share. */
export function browserOfFile(): () => Browser {
  let browser: Browser;
  beforeAll(async () => {
    browser = await startBrowser();
  });
  afterAll(() => browser?.close());
  return () => browser;
}
