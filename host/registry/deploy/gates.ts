/** Gates that a deployment has to pass before anything of it runs. */
import { requirePlaceForSent } from "../../capabilities/files/sent-place.ts";
import { linkImports } from "../../capabilities/link.ts";
import { grantedLinks } from "../../capabilities/plugins/granted-links.ts";
import type { LinkedImports } from "../../capabilities/supply.ts";
import { HotcellError } from "../../errors.ts";
import type { FileChanges } from "../../tree/tree-diff.ts";
import type { Change } from "../../wit/diff/diff.ts";
import type { Breaking } from "../api.ts";
import { requireDependants, requireLinks } from "../links/link-check.ts";
import { requireSchedulable } from "../schedule/schedule-check.ts";
import { type ChecksChange, type SettingsChange, settingsChanges } from "../settings/settings-changes.ts";
import type { PlannedLinks } from "../told-plugins.ts";
import { type About, aboutComponent } from "./about.ts";
import { checksChanges } from "./checks.ts";
import { type DeploymentPlan, planOf } from "./deployment-plan.ts";
import { changesFrom, type PreparedDeployment } from "./prepare.ts";
import type { DeployTarget } from "./target.ts";
import type { Transaction } from "./transaction.ts";

/** Deployment in the making that may go live, with what will become of what is there. */
export interface PlannedDeployment extends PreparedDeployment {
  readonly linked: LinkedImports;
  readonly about: About;
  /** Against what is live; undefined where that can't be read. */
  readonly changes: readonly Change[] | undefined;
  /** Changes of the files that come with it, where there are some and that can be read. */
  readonly files: FileChanges | undefined;
  /** Settings and checks that change. */
  readonly changed: readonly (SettingsChange | ChecksChange)[];
  readonly plan: DeploymentPlan;
  /** Nothing changes. */
  readonly unchanged: boolean;
  /** Nobody minds if state is lost: another version has its own, or it was said so. */
  readonly mayLose: boolean;
  readonly links: PlannedLinks;
  /** Number of changes of any plugin's when the links were judged. */
  readonly judged: number;
  /** Number of changes of contracts when it was held against those; undefined where that is not asked of it. */
  readonly contracted: number | undefined;
}

/**
 * Links it, compares it and plans it. Throws what `linkImports` throws, `route-taken`, `bad-link`, `has-dependants`, `contract-unmet`, `contract-clash`, `contract-not-found`, `incompatible` for changes that callers
 * would notice, and `state-loss`.
 */
export async function passGates(
  target: DeployTarget,
  prepared: PreparedDeployment,
  transaction: Transaction,
): Promise<PlannedDeployment> {
  const { name, record, traffic, components } = target;
  const { component, configuration, checks, options } = prepared;
  const linked = transaction.step("granted", () => linkImports(component.world, configuration.grants));
  if (component.files) requirePlaceForSent(name, linked.grants);
  const compared = await transaction.stepAsync("compared", () => components.changesTo(component));
  const { changes, files } = compared ?? { changes: undefined, files: undefined };
  const changed = [...changesFrom(record, configuration), ...checksChanges(record.checks, checks)];
  const running = traffic.live;
  const runs = (running?.component ?? record.live)?.digest;
  const sameVersion =
    record.live?.digest === component.digest && runs === component.digest && record.damage === undefined;
  // What runs may not have followed yet what another host has stored.
  const before = running?.configuration ?? record.configuration;
  const taken = settingsChanges(before, configuration);
  const plan = planOf({
    changedPaths: sameVersion ? taken.map(({ path }) => path) : undefined,
    before: before.settings,
    after: configuration.settings,
    running,
    linked,
  });
  const mayLose = options.allowStateLoss === true || !sameVersion;
  const unchanged = sameVersion && changed.length === 0 && taken.length === 0;
  let contracted: number | undefined;
  if (!unchanged) {
    requireSchedulable(name, component.world, configuration.settings.schedule ?? []);
    if (!sameVersion || taken.some(({ path }) => path === "contract")) {
      contracted = target.context.contracts.changes;
      await target.context.contracts.require(name, configuration.settings.contract, component.world);
    }
    target.context.routes.check(name, configuration.settings.routes ?? []);
    if (changes && !options.allowBreaking) refuseBreaking(name, changes);
    if (plan.state === "lost" && !mayLose) throw stateLoss(name, plan.newCellFor);
  }
  const judged = target.context.links.changes;
  const links = unchanged ? linksThereAre(target, linked) : await judgeLinks(target, linked, options);
  const about = aboutComponent(component);
  const judgement = { links, judged, contracted };
  return { ...prepared, linked, about, changes, files, changed, plan, unchanged, mayLose, ...judgement };
}

/** Links as they will be. Throws `bad-link`, and `has-dependants` for what would break others that are not named. */
export async function judgeLinks(
  target: DeployTarget,
  linked: LinkedImports,
  options: Breaking,
): Promise<PlannedLinks> {
  await requireLinks(target, linked);
  const breaks = await requireDependants(target, linked.world, options);
  return { ...linksThereAre(target, linked), breaks };
}

function linksThereAre({ name, context }: DeployTarget, { grants }: LinkedImports): PlannedLinks {
  return { to: grantedLinks(grants), from: context.links.dependants(name), breaks: [] };
}

function refuseBreaking(plugin: string, changes: readonly Change[]): void {
  const breaking = changes.filter((change) => change.verdict === "breaking");
  if (breaking.length === 0) return;
  throw new HotcellError("incompatible", breaking.map((change) => change.message).join(" "), {
    subject: plugin,
    remedy:
      "Keep what callers use, or upload with ?allow-breaking (in code: allowBreaking) to replace it all the same.",
    extra: { changes },
  });
}

/** Refusal of a change of these settings, which takes a new cell, while the old one has state. */
export function stateLoss(plugin: string, paths: readonly string[]): HotcellError {
  return new HotcellError(
    "state-loss",
    `${plugin} would lose its state: a change of ${paths.join(", ")} takes a new cell, and the state can't be handed over.`,
    {
      subject: plugin,
      remedy:
        "Send it with ?allow-state-loss (in code: allowStateLoss), or with a version that keeps its state by hotcell:plugin/state, in mode shared.",
      extra: { settings: paths },
    },
  );
}
