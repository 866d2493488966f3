import type { ShownFileChanges } from "../../answers/deployment-answers.ts";
import { html } from "../markup.ts";
import { say } from "../strings/speech.ts";
import { Foreign } from "./foreign.ts";

const tones = { added: "good", changed: "warn", removed: "bad" } as const;

/** Files that come with a version and are others than those of another one. */
export function FileChangeList({ files }: { readonly files: ShownFileChanges }) {
  return html`<ul class="changes">
    ${(["added", "changed", "removed"] as const).flatMap((kind) =>
      files[kind].map(
        (path) =>
          html`<li key=${path}><span class="tag ${tones[kind]}">${say(`files.${kind}`)}</span> <code><${Foreign} text=${path} /></code></li>`,
      ),
    )}
    ${files.more > 0 && html`<li class="soft">${say("files.more", { n: files.more })}</li>`}
  </ul>`;
}
