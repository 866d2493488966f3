import { existsSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { defaultFailureLimit } from "../../host/access/failed-tokens.ts";
import { uncounted } from "../../host/http/body-budget.ts";
import { defaultServerLimits } from "../../host/http/server.ts";
import { defaultLimits as bodyLimits } from "../../host/http/services.ts";
import { ceilingOf, defaultLimits, limitNames } from "../../host/registry/limits.ts";

const page = readFileSync(new URL("../../SECURITY.md", import.meta.url), "utf8");

it("names tests that there are", () => {
  const paths = [...page.matchAll(/`(test\/[^`]+)`/g)].map(([, path]) => path!);
  expect(paths.length).toBeGreaterThan(15);
  expect(paths.filter((path) => !existsSync(new URL(`../../${path}`, import.meta.url)))).toEqual([]);
});

it("names the defaults as they are", () => {
  const rows = new Map(
    [...page.matchAll(/^\| ([^|]+) \| ([^|]+) \|$/gm)].map(([, name, value]) => [name, value]),
  );
  const { connections, headerSize, headerLines, headerTime, requestTime, idleTime, lingerTime } =
    defaultServerLimits;
  const { json, jsonAtOnce, upload, uploadsAtOnce, uploadsWaiting } = bodyLimits;
  const { burst, interval, addresses } = defaultFailureLimit;
  const KiB = 1024;
  const MiB = 1024 * KiB;
  expect(rows.get("connections")).toBe(connections.toLocaleString("en"));
  expect(rows.get("header")).toBe(
    `${headerSize / KiB} KiB and ${headerLines} lines, within ${headerTime / 1000} s`,
  );
  expect(rows.get("whole request")).toBe(`within ${requestTime / 1000} s`);
  expect(rows.get("idle connection")).toBe(`${idleTime / 1000} s`);
  expect(rows.get("JSON body")).toBe(
    `${json / MiB} MiB; ${jsonAtOnce / MiB} MiB at one time, beyond the first ${uncounted / KiB} KiB of each`,
  );
  expect(rows.get("upload")).toBe(
    `${upload / MiB} MiB; ${uploadsAtOnce} at one time, ${uploadsWaiting} waiting`,
  );
  expect(rows.get("rest of a refused body")).toBe(`${lingerTime / 1000} s`);
  expect(rows.get("wrong tokens of one address")).toBe(`${burst}, then one every ${interval / 1000} s`);
  expect(page).toContain(`${addresses.toLocaleString("en")} are remembered`);
});

it("names every limit of a plugin, with its default and ceiling", () => {
  const named = [...page.matchAll(/^\| `(\w+)` \| ([\d,]+) \| ([\d,]+) \|/gm)].map(
    ([, name, usual, most]) => `${name} ${usual} ${most}`,
  );
  const figure = (amount: number) => amount.toLocaleString("en");
  expect(named.toSorted()).toEqual(
    limitNames.map((name) => `${name} ${figure(defaultLimits[name])} ${figure(ceilingOf(name))}`).toSorted(),
  );
});
