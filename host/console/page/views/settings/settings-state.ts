/** State of a change of settings: what is asked for, its plan, what stands against it. */

import { type Signal, useSignal } from "@preact/signals";
import type { ShownDeployment, ShownSettingChange } from "../../../answers/deployment-answers.ts";
import type { DeploymentsAnswer } from "../../../answers/history-answers.ts";
import type { ShownPlugin } from "../../../answers/plugin-answers.ts";
import { ask } from "../../api/api-client.ts";
import { type Consent, noConsent } from "../../api/consent.ts";
import { Refused } from "../../api/refused.ts";
import { toast } from "../../parts/toasts.ts";
import { say } from "../../strings/speech.ts";
import { mergePatch, type SettingsObject } from "./merge-patch.ts";

type SettingsStep =
  | { readonly at: "editing" }
  | { readonly at: "planned"; readonly plan: ShownDeployment }
  | { readonly at: "refused"; readonly problem: unknown }
  /** Somebody else was quicker: `theirs` is what they changed. */
  | {
      readonly at: "stale";
      readonly theirs: readonly ShownSettingChange[];
      readonly who: string | undefined;
    };

export interface SettingsState {
  /** Settings that are to be asked for. */
  readonly next: Signal<SettingsObject>;
  readonly step: Signal<SettingsStep>;
  readonly consent: Signal<Consent>;
  /** All hosts are to get it at once, where the plan says that it would be a rollout. */
  readonly atOnce: Signal<boolean>;
  readonly busy: Signal<boolean>;
  readonly patch: SettingsObject;
  readonly plan: () => Promise<void>;
  readonly apply: () => Promise<void>;
}

/** `applied`: called when the change is made; `undone`: when it has been taken back. */
export function useSettings(
  plugin: ShownPlugin,
  applied: () => Promise<void>,
  undone: () => Promise<void>,
): SettingsState {
  const next = useSignal<SettingsObject>(plugin.asked);
  const step = useSignal<SettingsStep>({ at: "editing" });
  const consent = useSignal(noConsent);
  const atOnce = useSignal(false);
  const busy = useSignal(false);
  /** Revision that the change is for. */
  const revision = useSignal(plugin.revision);
  const patch = mergePatch(plugin.asked, next.value);

  const send = (sent: SettingsObject, ifMatch: number, dryRun: boolean) =>
    ask<ShownDeployment>(["plugins", plugin.name], {
      method: "PATCH",
      json: sent,
      ifMatch,
      query: {
        // A plan says what would come of it without that.
        ...(dryRun ? { "dry-run": true } : atOnce.value && { "at-once": true }),
        ...(consent.value.stateLoss && { "allow-state-loss": true }),
      },
    });

  const stale = async (): Promise<SettingsStep> => {
    const { data } = await ask<ShownPlugin>(["plugins", plugin.name]);
    const past = await ask<DeploymentsAnswer>(["plugins", plugin.name, "deployments"], {
      query: { limit: 1 },
    });
    revision.value = data.revision;
    return {
      at: "stale",
      theirs: changesBetween(plugin.asked, data.asked),
      who: past.data.deployments[0]?.who,
    };
  };

  const run = async (work: () => Promise<SettingsStep | undefined>) => {
    busy.value = true;
    try {
      step.value = (await work()) ?? { at: "editing" };
    } catch (problem) {
      const isStale = problem instanceof Refused && problem.code === "stale-revision";
      step.value = isStale
        ? await stale().catch((error: unknown) => ({ at: "refused", problem: error }) as const)
        : { at: "refused", problem };
    } finally {
      busy.value = false;
    }
  };

  return {
    next,
    step,
    consent,
    atOnce,
    busy,
    patch,
    plan: () => run(async () => ({ at: "planned", plan: (await send(patch, revision.value, true)).data })),
    apply: () =>
      run(async () => {
        const { data } = await send(patch, revision.value, false);
        const back = mergePatch(next.value, plugin.asked);
        // A secret is told to nobody: what it was before can't be sent.
        const canUndo = !JSON.stringify(back).includes('"secret":');
        const undo = async () => {
          try {
            await ask(["plugins", plugin.name], { method: "PATCH", json: back, ifMatch: data.revision });
          } catch (error) {
            toast({ text: error instanceof Refused ? error.detail : `${error}`, bad: true });
          }
          await undone();
        };
        await applied();
        toast({ text: say("settings.applied", { n: data.revision }), ...(canUndo && { undo }) });
        return undefined;
      }),
  };
}

/** Members that differ, one level into groups. */
function changesBetween(before: SettingsObject, after: SettingsObject): readonly ShownSettingChange[] {
  const [old, now] = [flat(before), flat(after)];
  const names = [...new Set([...old.keys(), ...now.keys()])];
  return names
    .filter((path) => JSON.stringify(old.get(path)) !== JSON.stringify(now.get(path)))
    .map((path) => ({ path, kind: "configure", from: old.get(path), to: now.get(path) }));
}

const groups = ["grants", "env", "limits"];

function flat(settings: SettingsObject): Map<string, unknown> {
  return new Map(
    Object.entries(settings).flatMap(([name, value]): [string, unknown][] =>
      groups.includes(name) && typeof value === "object" && value !== null
        ? Object.entries(value).map(([inner, each]) => [`${name}.${inner}`, each])
        : [[name, value]],
    ),
  );
}
