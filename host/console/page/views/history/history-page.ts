/** History of a plugin: what was live when, by whom, and the way back. */

import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type {
  DeploymentsAnswer,
  ShownDeploymentOfPast,
  VersionsAnswer,
} from "../../../answers/history-answers.ts";
import { ask } from "../../api/api-client.ts";
import { useAnswer } from "../../api/loaded.ts";
import { html } from "../../markup.ts";
import { Button } from "../../parts/button.ts";
import { ProblemNote } from "../../parts/problem-note.ts";
import { say } from "../../strings/speech.ts";
import type { PluginPageProps } from "../plugin-page-props.ts";
import { CompareVersions } from "./compare-versions.ts";
import { DeploymentEntry } from "./deployment-entry.ts";

/** Deployments that are asked for at a time. */
const part = { limit: 30 };

export function HistoryPage({ plugin, reload }: PluginPageProps) {
  const { name, revision } = plugin;
  const versions = useAnswer<VersionsAnswer>(["plugins", name, "versions"], {});
  const first = useRef(revision);
  const past = useSignal<readonly ShownDeploymentOfPast[]>([]);
  const hasMore = useSignal(false);
  const problem = useSignal<unknown>(undefined);
  const load = async (before?: number) => {
    try {
      const { data } = await ask<DeploymentsAnswer>(["plugins", name, "deployments"], {
        query: { ...part, before },
      });
      past.value = before === undefined ? data.deployments : [...past.value, ...data.deployments];
      hasMore.value = data.deployments.length === part.limit;
      problem.value = undefined;
    } catch (error) {
      problem.value = error;
    }
  };
  useEffect(() => {
    void load();
    if (revision !== first.current) void versions.reload();
    first.current = revision;
  }, [name, revision]);
  const kept = versions.answer?.data.versions ?? [];
  const more = () => load(past.value.at(-1)?.revision);
  return html`${kept.length > 1 && html`<${CompareVersions} plugin=${plugin} versions=${kept} />`}
    ${problem.value !== undefined && html`<${ProblemNote} problem=${problem.value} />`}
    <ol class="history">
      ${past.value.map(
        (each) =>
          html`<li key=${each.revision}><${DeploymentEntry} plugin=${plugin} past=${each} kept=${kept.find(({ version }) => version === each.version?.digest)} reload=${reload} /></li>`,
      )}
    </ol>
    ${hasMore.value && html`<div class="actions center"><${Button} onClick=${more}>${say("part.more")}<//></div>`}`;
}
