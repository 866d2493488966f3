import type { PluginDetails } from "../../../registry/told-plugins.ts";
import { howMany } from "../../../text/how-many.ts";
import { parseLine, required } from "../../command-line.ts";
import { type RemoteHost, remoteHost } from "../../remote/remote-host.ts";
import { detailsOf, type ToldDetails } from "../../remote/remote-plugin.ts";
import { type TriedVersion, triedVersions } from "../../remote/tried-versions.ts";
import { behindText, rolloutText, triedText } from "../../shown/condition-text.ts";
import { printRows, type Row } from "../../shown/fact-rows.ts";
import { ago, clockTime } from "../../shown/moment.ts";
import { settingLines } from "../../shown/settings-text.ts";
import { ink, type LinePiece, print, printJson } from "../../terminal.ts";
import { hostHelp, hostOptions } from "../host-options.ts";
import type { Verb } from "../verb.ts";

const options = { wit: { type: "boolean" }, json: { type: "boolean" }, ...hostOptions } as const;

export const show: Verb = {
  help: `Usage: hotcell show NAME [options]

Shows a plugin: its version, functions, the settings that were asked for, checks, links, contracts, schedule, and its calls since
the host has counted them; where the host is behind the others, or one of them tries a version before the rest, that too.

  --wit            its world as WIT, with the docs that came with it, and nothing else
  --json           for programs: as GET /plugins/NAME answers
${hostHelp}

Example: hotcell show greet`,
  options,
  arguments: ["plugin"],
  operates: true,

  async run(args) {
    const { values, positionals: given } = parseLine({ args, allowPositionals: true, options });
    const [name] = required(given, "NAME");
    const host = remoteHost(values.url, values.token, process.env);
    const details = await detailsOf(host, name);
    // Other hosts know how it goes, and this one that it does.
    const tried =
      details.rollout || values.wit || values.json ? undefined : (await triedVersions(host)).get(name);
    if (values.wit) print(details.world.trimEnd());
    else if (values.json) printJson(details);
    else printRows(rowsOf(details, host, tried));
    return 0;
  },
};

function rowsOf(details: ToldDetails, { url }: RemoteHost, tried: TriedVersion | undefined): readonly Row[] {
  const { name, revision, deployedAt, version, size, settings, asked, checks, functions } = details;
  const {
    servedAt = [],
    origin,
    source,
    lostRoutes = [],
    links,
    contracts = [],
    schedule = [],
    damaged,
    behind,
    rollout,
    counters,
  } = details;
  const linked = links
    ? [
        ...Object.entries(links.to).map(([id, plugin]) => `${id} from ${plugin}`),
        ...links.from.map((plugin) => `used by ${plugin}`),
      ]
    : [];
  const checked = checks ? [howMany(checks.calls.length + (checks.requests?.length ?? 0), "check")] : [];
  return [
    ["name", [ink("bold", name)]],
    ["damaged", damaged ? [ink("red", `${damaged.detail} (${damaged.code})`)] : []],
    ["behind", behind ? [ink("red", behindText(behind))] : []],
    ["rollout", rollout ? [rolloutText(rollout)] : tried ? [triedText(tried.version, tried.host)] : []],
    ["revision", [`${revision}, ${clockTime(deployedAt)} (${ago(deployedAt)} ago)`]],
    ["version", [`${version}, ${howMany(size, "byte")}`]],
    ["pulled from", origin ? [`${origin.oci}, ${origin.digest}`] : []],
    ["follows", source ? sourceLines(source) : []],
    ["mode", [settings.mode]],
    ["functions", functions],
    ["serves at", servedAt.map((place) => new URL(place, `${url}/`).href)],
    ["settings", settingLines(asked)],
    [
      "lost routes",
      lostRoutes.map(({ route, to }) => ink("red", `${JSON.stringify(route)} to ${to ?? "the host itself"}`)),
    ],
    ["links", linked],
    ["contracts", contracts.map(({ name, version }) => `${name}@${version}`)],
    [
      "schedule",
      schedule.map(
        ({ name, next, ran, failed, missed }) =>
          `${name}: ${next === null ? "no more" : `next ${clockTime(next)}`}; ${ran} ran, ${failed} failed, ${missed} missed`,
      ),
    ],
    ["checks", checked],
    ["calls", callLines(counters)],
  ];
}

function sourceLines({
  oci,
  checkedAt,
  next,
  failed,
}: NonNullable<ToldDetails["source"]>): readonly LinePiece[] {
  const looked = checkedAt === undefined ? "not looked at yet" : `looked at ${clockTime(checkedAt)}`;
  const line = `${oci}, ${looked}${next === undefined ? "" : `, again ${clockTime(next)}`}`;
  return failed ? [line, ink("red", `${failed.detail} (${failed.code})`)] : [line];
}

function callLines({ since, ...counters }: PluginDetails["counters"]): string[] {
  const { calls, guestErrors, traps, cancelled, inFlight, fuel, limits } = counters;
  const met = Object.entries(limits).map(([code, count]) => `${code} ${count.toLocaleString("en")}`);
  return [
    `${howMany(calls, "call")} since ${clockTime(since)}: ${howMany(guestErrors, "error")} of its own, ${howMany(traps, "trap")}, ${cancelled.toLocaleString("en")} cancelled, ${inFlight.toLocaleString("en")} in flight`,
    `${fuel.toLocaleString("en")} units of fuel`,
    ...(met.length > 0 ? [`limits met: ${met.join(", ")}`] : []),
  ];
}
