import { useSignal } from "@preact/signals";
import type { FilesAnswer, KeptVersion, ShownDeploymentOfPast } from "../../../answers/history-answers.ts";
import type { ShownPlugin } from "../../../answers/plugin-answers.ts";
import { download } from "../../api/download.ts";
import { useAnswer } from "../../api/loaded.ts";
import { Refused } from "../../api/refused.ts";
import { whyNot } from "../../api/session.ts";
import { html } from "../../markup.ts";
import { Ago } from "../../parts/ago.ts";
import { Button } from "../../parts/button.ts";
import { bytesText } from "../../parts/figures.ts";
import { Foreign } from "../../parts/foreign.ts";
import { ProblemNote } from "../../parts/problem-note.ts";
import { StageTimes } from "../../parts/stage-times.ts";
import { toast } from "../../parts/toasts.ts";
import { setQuery } from "../../shell/router.ts";
import type { StringKey } from "../../strings/speech.ts";
import { say } from "../../strings/speech.ts";
import { RollbackButton, shortVersion } from "./rollback-button.ts";

interface DeploymentEntryProps {
  readonly plugin: ShownPlugin;
  readonly past: ShownDeploymentOfPast;
  /** Undefined: the version is not kept any more. */
  readonly kept: KeptVersion | undefined;
  readonly reload: () => Promise<void>;
}

const outcomes: Readonly<Record<string, StringKey>> = {
  created: "history.created",
  swapped: "history.swapped",
  configured: "history.configured",
  removed: "history.removed",
};

export function DeploymentEntry({ plugin, past, kept, reload }: DeploymentEntryProps) {
  const { revision, version, outcome, who, at, details, damaged } = past;
  const open = useSignal(false);
  const digest = version?.digest;
  const isLive = revision === plugin.revision;
  const known = outcomes[outcome];
  const { settings, timings } = readDetails(details);
  const toggle = ({ currentTarget }: { currentTarget: HTMLDetailsElement }) => {
    open.value = currentTarget.open;
  };
  const compare = () => {
    setQuery({ from: digest, to: plugin.version });
    document.getElementById("compare")?.focus();
  };
  return html`<article class="card entry">
    <div class="entry-head">
      <h2><span class="figures">${say("history.revision", { n: revision })}</span> <span class="soft">${known ? say(known) : html`<${Foreign} text=${outcome} />`}</span></h2>
      ${isLive && html`<span class="tag good">${say("history.live")}</span>`}
      <span class="soft"><${Ago} at=${at} />${who !== undefined && html` · <${Foreign} text=${say("history.by", { who })} />`}</span>
    </div>
    ${damaged !== undefined && html`<p class="note bad"><${Foreign} text=${damaged} /></p>`}
    ${version && html`<p><code>${shortVersion(version.digest)}</code> <span class="soft figures">${bytesText(version.size)}</span>${!kept && html` <span class="soft">${say("history.notKept")}</span>`}</p>`}
    ${settings.length > 0 && html`<p class="soft">${say("upload.settings")}: <${Foreign} text=${settings.join(", ")} /></p>`}
    ${
      kept &&
      html`<div class="actions start">
        ${!kept.live && html`<${RollbackButton} plugin=${plugin} to=${kept.version} reload=${reload} />`}
        ${!kept.live && html`<${Button} small onClick=${compare}>${say("history.compareWithLive")}<//>`}
        <${DownloadButton} plugin=${plugin.name} version=${kept.version} />
      </div>`
    }
    ${
      (timings || kept) &&
      html`<details class="more" onToggle=${toggle}>
      <summary>${say("history.more")}</summary>
      ${
        open.value &&
        html`<div class="stack">
          ${timings && html`<${StageTimes} timings=${timings} />`}
          ${kept && html`<${FilesOfVersion} plugin=${plugin.name} version=${kept.version} />`}
        </div>`
      }
    </details>`
    }
  </article>`;
}

interface ReadDetails {
  /** Paths of the settings that changed. */
  readonly settings: readonly string[];
  /** Milliseconds by stage. */
  readonly timings?: Readonly<Record<string, number>>;
}

/** Parts of the details of a deployment that are what they are for: another host may have left them. */
function readDetails(details: unknown): ReadDetails {
  const { settings, timings } = (details ?? {}) as Partial<ReadDetails>;
  return {
    settings: Array.isArray(settings) ? settings : [],
    ...(typeof timings === "object" && timings !== null && { timings }),
  };
}

function DownloadButton({ plugin, version }: { readonly plugin: string; readonly version: string }) {
  const take = () =>
    downloaded(["plugins", plugin, "versions", version, "wasm"], `${plugin}-${shortVersion(version)}.wasm`);
  return html`<${Button} small why=${whyNot("download", plugin)} onClick=${take}>${say("history.download")}<//>`;
}

function FilesOfVersion({ plugin, version }: { readonly plugin: string; readonly version: string }) {
  const at = ["plugins", plugin, "versions", version, "files"];
  const { answer, problem } = useAnswer<FilesAnswer>(at, { limit: 200 });
  if (problem !== undefined) return html`<${ProblemNote} problem=${problem} />`;
  if (!answer || answer.data.count === 0) return null;
  const { count, files } = answer.data;
  return html`<section class="stack">
    <h3>${say("history.files", { n: count })}</h3>
    <ul class="chosen">
      ${files.map(({ path, size }) => {
        const take = () => downloaded([...at, ...path.split("/")], path.slice(path.lastIndexOf("/") + 1));
        return html`<li key=${path}>
          <span class="chosen-name"><${Foreign} text=${path} /></span><span class="soft figures">${bytesText(size)}</span>
          <${Button} kind="quiet" why=${whyNot("download", plugin)} label=${say("history.downloadOf", { name: path })} onClick=${take}>↓<//>
        </li>`;
      })}
    </ul>
    ${count > files.length && html`<p class="soft">${say("files.more", { n: count - files.length })}</p>`}
  </section>`;
}

async function downloaded(path: readonly string[], fileName: string): Promise<void> {
  try {
    await download(path, fileName);
  } catch (error) {
    toast({
      text: error instanceof Refused && error.detail !== "" ? error.detail : say("problem.network"),
      bad: true,
    });
  }
}
