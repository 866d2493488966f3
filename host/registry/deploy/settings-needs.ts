/** Needs of a change of settings: whether it takes a new cell, for each setting, and only here. */
import { sameSettings } from "../../capabilities/secret.ts";
import type { LinkedImports } from "../../capabilities/supply.ts";
import { isInit } from "../../drive/lifecycle-exports.ts";
import { exportedFunctions } from "../../wit/exports.ts";
import type { World } from "../../wit/model.ts";
import { limitNames, type PluginLimits } from "../plugin-limits.ts";
import type { Settings } from "../settings/settings.ts";

/** A change of the settings of a version that runs, or could. */
export interface Turn {
  readonly before: Settings;
  readonly after: Settings;
  /** The version's world, under the settings after. */
  readonly linked: LinkedImports;
  /** See `RunningVersion.keepsEnv`. */
  readonly keepsEnv: boolean;
}

interface Need {
  /** A new cell takes the place of the one that runs. Else the one that runs goes on, under the new settings. */
  readonly newCell: (turn: Turn) => boolean;
  /** The same in words: `docs/settings.md` has the table. */
  readonly when: string;
  /** A lower one may keep cells from starting: one is started to see, and thrown away. */
  readonly bindsStart?: true;
}

const never: Need = { newCell: () => false, when: "never" };
const always: Need = { newCell: () => true, when: "always" };
const startLimit: Need = { ...never, bindsStart: true };

/** A group whose members are settings each, or a setting. */
export type SettingName = `limits.${keyof PluginLimits}` | Exclude<keyof Settings, "limits"> | "checks";

export const needs: Readonly<Record<SettingName, Need>> = {
  mode: always,
  placement: always,
  engine: always,
  grants: {
    newCell: ({ before, after, linked }) =>
      !sameSettings(linked.used(before.grants), linked.used(after.grants)),
    when: "where the plugin imports what it is about",
  },
  env: {
    newCell: ({ linked, keepsEnv }) => keepsEnv || readsEnvAtStart(linked.world),
    when: "where the plugin exports `init`, imports `wasi:cli/environment`, or asked `wasi:config/store` while it started",
  },
  checks: never,
  access: never,
  rate: never,
  routes: never,
  schedule: never,
  linkable: never,
  contract: never,
  mcp: never,
  source: never,
  state: never,
  rollout: never,
  // Compiled into the plugin's modules.
  "limits.memory": always,
  "limits.tableElements": always,
  "limits.processMemory": {
    newCell: ({ after }) => after.placement === "process",
    when: "in a process",
  },
  "limits.fuel": startLimit,
  "limits.fuelPerSecond": never,
  "limits.time": startLimit,
  "limits.streamTime": never,
  "limits.requestBytes": never,
  "limits.responseBytes": never,
  "limits.argumentBytes": never,
  "limits.resultBytes": startLimit,
  "limits.logBytes": never,
  "limits.concurrency": never,
  "limits.queue": never,
  // What the plugin holds is looked at again at once.
  "limits.componentBytes": never,
  "limits.uploadFiles": never,
  "limits.uploadFileBytes": never,
  "limits.coreModules": never,
  "limits.instances": never,
  "limits.exports": never,
  "limits.typeNesting": never,
};

/** Paths of the changed settings that take a new cell. */
export function takingNewCell(paths: readonly string[], turn: Turn): string[] {
  return paths.filter((path) => needs[settingOf(path)].newCell(turn));
}

/** It must be seen whether new cells start, though those that there are may go on. */
export function bindsStart({ before, after }: Turn): boolean {
  return limitNames.some(
    (name) => needs[`limits.${name}`].bindsStart && after.limits[name] < before.limits[name],
  );
}

/** `env.KEY` is one of `env`. */
function settingOf(path: string): SettingName {
  return (Object.hasOwn(needs, path) ? path : path.slice(0, path.indexOf("."))) as SettingName;
}

/** The world has interfaces that cells are told their env by when they start. */
function readsEnvAtStart(world: World): boolean {
  return (
    world.imports.some(({ name }) => name.startsWith("wasi:cli/environment@")) ||
    exportedFunctions(world).some(isInit)
  );
}
