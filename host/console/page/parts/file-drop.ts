import { useSignal } from "@preact/signals";
import { useId } from "preact/hooks";
import { type Content, html } from "../markup.ts";

interface FileDropProps {
  readonly label: string;
  readonly hint: string;
  /** Ends of names that the chooser offers first. */
  readonly accept?: string;
  readonly onFiles: (files: readonly File[]) => void;
  readonly children?: Content;
}

/** Place for files: to drop them on, or to choose them by mouse and keyboard. */
export function FileDrop({ label, hint, accept, onFiles, children }: FileDropProps) {
  const id = useId();
  const over = useSignal(false);
  const drop = (event: DragEvent) => {
    event.preventDefault();
    event.stopPropagation();
    over.value = false;
    onFiles([...(event.dataTransfer?.files ?? [])]);
  };
  const drag = (event: DragEvent) => {
    event.preventDefault();
    over.value = true;
  };
  const choose = ({ currentTarget }: { currentTarget: HTMLInputElement }) => {
    const files = [...(currentTarget.files ?? [])];
    // The same file can be chosen again, after it was built again.
    currentTarget.value = "";
    if (files.length > 0) onFiles(files);
  };
  const leave = () => {
    over.value = false;
  };
  return html`<div class="drop ${over.value ? "over" : ""}" onDragOver=${drag} onDragLeave=${leave} onDrop=${drop}>
    <label for=${id}>${label}</label>
    <p class="soft" id="${id}-hint">${hint}</p>
    <input id=${id} type="file" multiple accept=${accept} aria-describedby="${id}-hint" onChange=${choose} />
    ${children}
  </div>`;
}
