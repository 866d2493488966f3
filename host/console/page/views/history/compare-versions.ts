import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { DiffAnswer } from "../../../answers/deployment-answers.ts";
import type { KeptVersion } from "../../../answers/history-answers.ts";
import type { ShownPlugin } from "../../../answers/plugin-answers.ts";
import { send } from "../../api/api-client.ts";
import { useAnswer } from "../../api/loaded.ts";
import { html } from "../../markup.ts";
import { ChangeList } from "../../parts/change-list.ts";
import { Field } from "../../parts/field.ts";
import { FileChangeList } from "../../parts/file-changes.ts";
import { ProblemNote } from "../../parts/problem-note.ts";
import { TextDiff } from "../../parts/text-diff.ts";
import { place, setQuery } from "../../shell/router.ts";
import { say } from "../../strings/speech.ts";
import { shortVersion } from "./rollback-button.ts";

interface CompareVersionsProps {
  readonly plugin: ShownPlugin;
  readonly versions: readonly KeptVersion[];
}

/** Difference between two versions, which the address names: what callers notice, files, and the world as text. */
export function CompareVersions({ plugin, versions }: CompareVersionsProps) {
  const { query } = place.value;
  const named = (name: string) => versions.find(({ version }) => version === query.get(name))?.version;
  const from = named("from");
  const to = named("to") ?? plugin.version;
  const choose =
    (name: string) =>
    ({ currentTarget }: { currentTarget: HTMLSelectElement }) =>
      setQuery({ [name]: currentTarget.value });
  const options = versions.map(
    ({ version, live, revisions }) =>
      html`<option value=${version}>${say(live ? "history.optionLive" : "history.option", { version: shortVersion(version), revisions: revisions.join(", ") })}</option>`,
  );
  return html`<section class="card" id="compare" tabindex="-1">
    <h2>${say("history.compare")}</h2>
    <div class="columns">
      <${Field} label=${say("history.older")}>
        ${(ids: object) => html`<select ...${ids} class="select" value=${from ?? ""} onChange=${choose("from")}><option value="">${say("history.choose")}</option>${options}</select>`}
      <//>
      <${Field} label=${say("history.newer")}>
        ${(ids: object) => html`<select ...${ids} class="select" value=${to} onChange=${choose("to")}>${options}</select>`}
      <//>
    </div>
    ${from !== undefined && html`<${Difference} name=${plugin.name} from=${from} to=${to} />`}
  </section>`;
}

interface DifferenceProps {
  readonly name: string;
  readonly from: string;
  readonly to: string;
}

function Difference({ name, from, to }: DifferenceProps) {
  const { answer, problem } = useAnswer<DiffAnswer>(["plugins", name, "diff"], { from, to });
  const worlds = useWorlds(name, from, to);
  if (problem !== undefined) return html`<${ProblemNote} problem=${problem} />`;
  if (!answer) return html`<p class="soft" role="status">${say("part.loading")}</p>`;
  const { changes, files } = answer.data;
  return html`<h3>${say("upload.callers")}</h3>
    <${ChangeList} changes=${changes} />
    ${files && html`<h3>${say("upload.files")}</h3><${FileChangeList} files=${files} />`}
    ${worlds && html`<h3>${say("upload.world")}</h3><${TextDiff} label=${say("upload.world")} before=${worlds[0]} after=${worlds[1]} />`}`;
}

/** WIT of both versions. */
function useWorlds(name: string, from: string, to: string): readonly [string, string] | undefined {
  const worlds = useSignal<readonly [string, string] | undefined>(undefined);
  useEffect(() => {
    const leaving = new AbortController();
    const { signal } = leaving;
    worlds.value = undefined;
    const text = async (version: string) =>
      (await send(["plugins", name, "wit"], { query: { version }, signal })).text();
    Promise.all([text(from), text(to)]).then(
      (both) => {
        worlds.value = both;
      },
      // What can't be read is told where the difference is.
      () => {},
    );
    return () => leaving.abort();
  }, [name, from, to]);
  return worlds.value;
}
