/** The console: a page over the HTTP API, and what browsers may do with it. */
import { BuiltConsole, hasBuiltConsole } from "./built-console.ts";
import type { ConsoleFiles } from "./console-file.ts";
import { SourceConsole } from "./source-console.ts";

/** Files of the console of this installation. */
export function consoleFiles(): ConsoleFiles {
  return hasBuiltConsole() ? new BuiltConsole() : new SourceConsole();
}

/**
 * Policy of the page: scripts, styles and requests of its own origin only, nothing written into the page as markup, no frames either
 * way, nowhere to send forms to.
 */
const consolePolicy = [
  "default-src 'none'",
  ...["script-src", "style-src", "img-src", "connect-src"].map((what) => `${what} 'self'`),
  ...["base-uri", "form-action", "frame-ancestors"].map((what) => `${what} 'none'`),
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

/** Headers by which a page that opens the console, or that it opens, has no hold on it, and by which it asks for no devices. */
export const consoleHeaders = {
  "content-security-policy": consolePolicy,
  "cross-origin-opener-policy": "same-origin",
  "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
} as const;
