/** Lines on what changes of a plugin by itself, where it is not simply what was deployed. */
import type { TryingHost } from "../../registry/rollout/rollout-slot.ts";
import type { PluginDetails } from "../../registry/told-plugins.ts";
import { howMany } from "../../text/how-many.ts";
import { ago, clockTime } from "./moment.ts";

/** Reason why a host does not run what is stored: `revision 4 does not run here, for 5m: … (out-of-memory)`. */
export function behindText({ revision, code, detail, since }: NonNullable<PluginDetails["behind"]>): string {
  return `revision ${revision} does not run on this host, for ${ago(since)}: ${detail} (${code})`;
}

/** Host as lines name it: its address, or its process and machine. */
export function hostText({ machine, pid, address }: TryingHost): string {
  return address === undefined ? `process ${pid} on ${machine}` : `${address} (${machine})`;
}

/** Rollout that another host knows more of: `sha256:… runs on 10.0.0.2:8787 (rack-2) alone; that host says how it goes`. */
export function triedText(version: string, host: TryingHost): string {
  return `${version} runs on ${hostText(host)} alone; that host says how it goes`;
}

/** Rollout under way: `sha256:… runs on this host alone until 2026-11-30 08:33:58: 5 calls, 0 traps; before 7 calls, 0 traps`. */
export function rolloutText(underWay: NonNullable<PluginDetails["rollout"]>): string {
  const { version, until, before, host, ...now } = underWay;
  const there = host ? hostText(host) : "this host";
  const tally = ({ calls, traps }: { readonly calls: number; readonly traps: number }) =>
    `${howMany(calls, "call")}, ${howMany(traps, "trap")}`;
  return `${version} runs on ${there} alone until ${clockTime(until)}: ${tally(now)}; the version before ${tally(before)}`;
}
