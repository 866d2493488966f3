import { existsSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { defaultFailureLimit } from "../../host/access/failed-tokens.ts";
import { cellBounds, pluginBounds, processBounds } from "../../host/bounds/cell-bounds.ts";
import { answerBounds, bodyBounds } from "../../host/bounds/http-bounds.ts";
import { storeBounds } from "../../host/bounds/store-bounds.ts";
import { defaultBodyLimits as bodyLimits } from "../../host/http/body/body-limits.ts";
import { acceptedCodings } from "../../host/http/body/content-coding.ts";
import { defaultStreamLimits } from "../../host/http/routes/event-streams.ts";
import { defaultServerLimits } from "../../host/http/server/http-server.ts";
import { ceilingOf, defaultLimits, limitNames } from "../../host/registry/plugin-limits.ts";

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
    `${json / MiB} MiB, of arguments as the ceiling of \`argumentBytes\`; ${jsonAtOnce / MiB} MiB at one time, beyond the first ${bodyBounds.uncounted.value / KiB} KiB of each`,
  );
  expect(rows.get("upload")).toBe(
    `${upload / MiB} MiB; ${uploadsAtOnce} at one time, ${uploadsWaiting} waiting`,
  );
  expect(rows.get("compressed bodies")).toBe(
    `${acceptedCodings.join(", ")}, ${bodyBounds.codings.value} over one another; the limits hold for what they become; ${bodyBounds.inflatedAtOnce.value} are inflated at one time, ${bodyBounds.inflatedWaiting.value} waiting, and as many again of ${bodyBounds.smallInflated.value / KiB} KiB at most, which wait for no larger ones`,
  );
  expect(rows.get("rest of a refused body")).toBe(`${lingerTime / 1000} s`);
  expect(rows.get("links of a component, nested ones as often as they are instantiated")).toBe(
    cellBounds.links.value.toLocaleString("en"),
  );
  expect(rows.get("launch of a plugin's process")).toBe(`${processBounds.launchTime.value / 1000} s`);
  const { streams, streamsEach, stalledTime } = defaultStreamLimits;
  const figure = (amount: number) => amount.toLocaleString("en");
  expect(rows.get("answers that are not read")).toBe(
    `${defaultServerLimits.unreadTime / 1000} s, where their memory is needed; closed when nothing is read of one for ${defaultServerLimits.stalledTime / 1000} s`,
  );
  expect(rows.get("event streams")).toBe(
    `${figure(streams)}, of one token ${streamsEach}; closed when nothing is read of one for ${stalledTime / 1000} s`,
  );
  expect(rows.get("downloads")).toBe(
    `${bodyBounds.downloadsAtOnce.value} are read from the store at one time, ${bodyBounds.downloadsWaiting.value} waiting`,
  );
  expect(rows.get("list of plugins")).toMatch(
    new RegExp(`^${figure(answerBounds.listed.value)} in an answer`),
  );
  expect(rows.get("events")).toBe(
    `${figure(storeBounds.events.value)}, and ${storeBounds.eventBytes.value / MiB} MiB of them; of one that is larger than ${storeBounds.event.value / KiB} KiB only how large it was`,
  );
  expect(rows.get("deployments of a plugin")).toContain(
    `${figure(storeBounds.deployments.value)}, and ${storeBounds.deploymentBytes.value / MiB} MiB of`,
  );
  expect(rows.get("versions of a plugin")).toMatch(new RegExp(`^${storeBounds.versions.value} `));
  expect(rows.get("`env` of a plugin")).toBe(
    `${figure(pluginBounds.env.value)} characters, ${figure(pluginBounds.secrets.value)} of them secret`,
  );
  expect(rows.get("checks of a plugin")).toBe(`${pluginBounds.checks.value / KiB} KiB`);
  expect(rows.get("wrong tokens of one address")).toBe(`${burst}, then one every ${interval / 1000} s`);
  expect(page).toContain(`${addresses.toLocaleString("en")} are remembered`);
  const [secrets, env] = [pluginBounds.secrets.value, pluginBounds.env.value].map((most) =>
    most.toLocaleString("en"),
  );
  expect(page).toContain(`of ${secrets} characters together (`);
  expect(page).toContain(`\`env\`: ${env})`);
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
