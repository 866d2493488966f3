import { existsSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { defaultFailureLimit } from "../../host/access/failed-tokens.ts";
import { maxEnv, maxSecrets } from "../../host/capabilities/env.ts";
import { linkLimits } from "../../host/engine/link/linker.ts";
import { downloadsAtOnce, downloadsWaiting } from "../../host/http/app.ts";
import { uncounted } from "../../host/http/body/body-budget.ts";
import { defaultBodyLimits as bodyLimits } from "../../host/http/body/body-limits.ts";
import {
  acceptedCodings,
  inflatedAtOnce,
  inflatedWaiting,
  mostCodings,
  smallInflated,
} from "../../host/http/body/content-coding.ts";
import { defaultStreamLimits } from "../../host/http/routes/event-streams.ts";
import { mostListed } from "../../host/http/routes/plugins.ts";
import { defaultServerLimits } from "../../host/http/server/http-server.ts";
import { launchTime } from "../../host/placement/process/process.ts";
import { maxChecksBytes } from "../../host/registry/deploy/checks.ts";
import {
  defaultKeptVersions,
  keptDeploymentBytes,
  keptDeployments,
  keptEventBytes,
  keptEvents,
} from "../../host/registry/event-log.ts";
import { ceilingOf, defaultLimits, limitNames } from "../../host/registry/plugin-limits.ts";
import { maxEventBytes } from "../../host/store/store.ts";

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
    `${json / MiB} MiB, of arguments as the ceiling of \`argumentBytes\`; ${jsonAtOnce / MiB} MiB at one time, beyond the first ${uncounted / KiB} KiB of each`,
  );
  expect(rows.get("upload")).toBe(
    `${upload / MiB} MiB; ${uploadsAtOnce} at one time, ${uploadsWaiting} waiting`,
  );
  expect(rows.get("compressed bodies")).toBe(
    `${acceptedCodings.join(", ")}, ${mostCodings} over one another; the limits hold for what they become; ${inflatedAtOnce} are inflated at one time, ${inflatedWaiting} waiting, and as many again of ${smallInflated / KiB} KiB at most, which wait for no larger ones`,
  );
  expect(rows.get("rest of a refused body")).toBe(`${lingerTime / 1000} s`);
  expect(rows.get("links of a component, nested ones as often as they are instantiated")).toBe(
    linkLimits.links.toLocaleString("en"),
  );
  expect(rows.get("launch of a plugin's process")).toBe(`${launchTime / 1000} s`);
  const { streams, streamsEach, stalledTime } = defaultStreamLimits;
  const figure = (amount: number) => amount.toLocaleString("en");
  expect(rows.get("answers that are not read")).toBe(
    `${defaultServerLimits.unreadTime / 1000} s, where their memory is needed; closed when nothing is read of one for ${defaultServerLimits.stalledTime / 1000} s`,
  );
  expect(rows.get("event streams")).toBe(
    `${figure(streams)}, of one token ${streamsEach}; closed when nothing is read of one for ${stalledTime / 1000} s`,
  );
  expect(rows.get("downloads")).toBe(
    `${downloadsAtOnce} are read from the store at one time, ${downloadsWaiting} waiting`,
  );
  expect(rows.get("list of plugins")).toMatch(new RegExp(`^${figure(mostListed)} in an answer`));
  expect(rows.get("events")).toBe(
    `${figure(keptEvents)}, and ${keptEventBytes / MiB} MiB of them; of one that is larger than ${maxEventBytes / KiB} KiB only how large it was`,
  );
  expect(rows.get("deployments of a plugin")).toContain(
    `${figure(keptDeployments)}, and ${keptDeploymentBytes / MiB} MiB of`,
  );
  expect(rows.get("versions of a plugin")).toMatch(new RegExp(`^${defaultKeptVersions} `));
  expect(rows.get("`env` of a plugin")).toBe(
    `${figure(maxEnv)} characters, ${figure(maxSecrets)} of them secret`,
  );
  expect(rows.get("checks of a plugin")).toBe(`${maxChecksBytes / KiB} KiB`);
  expect(rows.get("wrong tokens of one address")).toBe(`${burst}, then one every ${interval / 1000} s`);
  expect(page).toContain(`${addresses.toLocaleString("en")} are remembered`);
  const [secrets, env] = [maxSecrets, maxEnv].map((most) => most.toLocaleString("en"));
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
