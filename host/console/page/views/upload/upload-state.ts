/** State of an upload: what is chosen, its plan, and what it came to. */

import { type Signal, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { ShownDeployment } from "../../../answers/deployment-answers.ts";
import type { ShownPlugin } from "../../../answers/plugin-answers.ts";
import { ask } from "../../api/api-client.ts";
import { type Consent, consentQuery, noConsent } from "../../api/consent.ts";
import { Refused } from "../../api/refused.ts";
import { putBody } from "../../api/upload-request.ts";
import { toast } from "../../parts/toasts.ts";
import { say } from "../../strings/speech.ts";
import { type ChosenFiles, uploadBody } from "./chosen-files.ts";

/** Step that an upload is at. `live`: what the name stands for now; absent for a new plugin. */
export type UploadStep =
  | { readonly at: "choosing" }
  | {
      readonly at: "sending";
      readonly dryRun: boolean;
      /** One host tries it first, which takes its time. */
      readonly tries: boolean;
      readonly sent: number;
      readonly all: number;
    }
  | {
      readonly at: "refused";
      readonly dryRun: boolean;
      readonly problem: unknown;
      readonly live?: ShownPlugin | undefined;
    }
  | { readonly at: "planned"; readonly plan: ShownDeployment; readonly live?: ShownPlugin | undefined }
  | { readonly at: "done"; readonly deployment: ShownDeployment; readonly live?: ShownPlugin | undefined };

export interface UploadState {
  readonly chosen: Signal<ChosenFiles>;
  readonly name: Signal<string>;
  /** Settings that come with it, as JSON; empty: none. */
  readonly settings: Signal<string>;
  readonly consent: Signal<Consent>;
  /** All hosts are to get it at once, where the plan says that it would be a rollout. */
  readonly atOnce: Signal<boolean>;
  readonly step: Signal<UploadStep>;
  /** Asks what would happen. */
  readonly plan: () => Promise<void>;
  /** Makes it so. */
  readonly deploy: () => Promise<void>;
  readonly cancel: () => void;
  /**
   * Called after each change of what is to be sent: what was planned is not that any more. `isOther`: it is another component, or
   * for another plugin, and leave that was given was not for that.
   */
  readonly edited: (isOther: boolean) => void;
}

export function useUpload(plugin: string): UploadState {
  const chosen = useSignal<ChosenFiles>({ files: [] });
  const name = useSignal(plugin);
  const settings = useSignal("");
  const consent = useSignal(noConsent);
  const atOnce = useSignal(false);
  const step = useSignal<UploadStep>({ at: "choosing" });
  const ending = useRef(new AbortController());
  useEffect(() => () => ending.current.abort(), []);

  const send = async (dryRun: boolean, live: ShownPlugin | undefined) => {
    const { signal } = ending.current;
    const { value: planned } = step;
    // A plan says what would come of it without that.
    const skips = !dryRun && atOnce.value;
    const tries =
      !dryRun && !skips && planned.at === "planned" && planned.plan.plannedRollout?.tried === true;
    const sending = { at: "sending", dryRun, tries } as const;
    step.value = { ...sending, sent: 0, all: 0 };
    const { body, headers } = uploadBody(chosen.value, settings.value);
    const { data } = await putBody<ShownDeployment>(["plugins", name.value], {
      body,
      query: {
        ...(dryRun && { "dry-run": true }),
        ...(skips && { "at-once": true }),
        ...consentQuery(consent.value),
      },
      // What was shown is what is changed.
      headers: { ...headers, ...(!live && { "if-none-match": "*" }) },
      ifMatch: live?.revision,
      signal,
      onProgress: (sent, all) => {
        if (!signal.aborted) step.value = { ...sending, sent, all };
      },
    });
    return data;
  };

  const run = async (dryRun: boolean, known?: ShownPlugin) => {
    ending.current = new AbortController();
    const { signal } = ending.current;
    let live = known;
    try {
      if (dryRun) live = await liveOf(name.value, signal);
      const deployment = await send(dryRun, live);
      step.value = dryRun ? { at: "planned", plan: deployment, live } : { at: "done", deployment, live };
    } catch (problem) {
      if (signal.aborted) {
        step.value = { at: "choosing" };
        // What the host had whole by then it may have made live.
        if (!dryRun) toast({ text: say("upload.cancelled"), bad: true });
      } else step.value = { at: "refused", dryRun, problem, live };
    }
  };
  return {
    chosen,
    name,
    settings,
    consent,
    atOnce,
    step,
    plan: () => run(true),
    deploy: () => run(false, step.value.at === "planned" ? step.value.live : undefined),
    cancel: () => ending.current.abort(),
    edited: (isOther) => {
      step.value = { at: "choosing" };
      atOnce.value = false;
      if (isOther) consent.value = noConsent;
    },
  };
}

/** Plugin that a name stands for at present. */
async function liveOf(name: string, signal: AbortSignal): Promise<ShownPlugin | undefined> {
  try {
    return (await ask<ShownPlugin>(["plugins", name], { signal })).data;
  } catch (error) {
    if (error instanceof Refused && error.code === "plugin-not-found") return undefined;
    throw error;
  }
}
