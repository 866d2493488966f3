import { html } from "../../markup.ts";
import { Button } from "../../parts/button.ts";
import { bytesText } from "../../parts/figures.ts";
import { Foreign } from "../../parts/foreign.ts";
import { say } from "../../strings/speech.ts";
import type { UploadState } from "./upload-state.ts";

/** Files that were chosen, each with what it is to the upload; all can be left out again. */
export function ChosenList({ upload }: { readonly upload: UploadState }) {
  const { chosen } = upload;
  const { wasm, checks, files } = chosen.value;
  const single = [
    ["wasm", wasm],
    ["checks", checks],
  ] as const;
  const without = (kind: "wasm" | "checks") => () => {
    const { [kind]: _, ...rest } = chosen.value;
    chosen.value = rest;
    upload.edited(kind === "wasm");
  };
  const withoutFile = (file: File) => () => {
    chosen.value = { ...chosen.value, files: chosen.value.files.filter((each) => each !== file) };
    upload.edited(false);
  };
  const rows = [
    ...single.flatMap(([kind, file]) => (file ? [{ kind, file, remove: without(kind) }] : [])),
    ...files.map((file) => ({ kind: "files" as const, file, remove: withoutFile(file) })),
  ];
  if (rows.length === 0) return null;
  return html`<ul class="chosen">
    ${rows.map(
      ({ kind, file, remove }) => html`<li key=${`${kind} ${file.name}`}>
        <span class="tag">${say(`upload.${kind}`)}</span>
        <span class="chosen-name"><${Foreign} text=${file.name} /></span>
        <span class="soft figures">${bytesText(file.size)}</span>
        <${Button} kind="quiet" label=${say("upload.leaveOut", { name: file.name })} onClick=${remove}>×<//>
      </li>`,
    )}
  </ul>`;
}
