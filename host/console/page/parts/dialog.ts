import { useId, useLayoutEffect, useRef } from "preact/hooks";
import { type Content, html } from "../markup.ts";
import { say } from "../strings/speech.ts";

interface DialogProps {
  readonly title: string;
  readonly wide?: boolean;
  readonly onClose: () => void;
  readonly children?: Content;
}

/** Dialog over the page, while it is rendered: the browser keeps the focus in it, first on what has `data-first`, and gives it back. */
export function Dialog({ title, wide = false, onClose, children }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null);
  const id = useId();
  // Closed before it leaves the page: only then does the browser give the focus back.
  useLayoutEffect(() => {
    const { current } = element;
    current?.showModal();
    current?.querySelector<HTMLElement>("[data-first]")?.focus();
    return () => current?.close();
  }, []);
  const cancel = (event: Event) => {
    event.preventDefault();
    onClose();
  };
  return html`<dialog ref=${element} class="dialog ${wide ? "wide" : ""}" aria-labelledby=${id} onCancel=${cancel}>
    <div class="dialog-head">
      <h2 id=${id}>${title}</h2>
      <button type="button" class="button quiet close" aria-label=${say("part.close")} onClick=${onClose}>×</button>
    </div>
    ${children}
  </dialog>`;
}
