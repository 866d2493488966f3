/** Focus of who goes by keyboard, kept where what had it leaves the page. */

/** From now on it goes to the dialog that is open, or to the page's content, and nobody begins anew at the top. */
export function keepFocus(): void {
  let last: EventTarget | null = null;
  addEventListener("focusin", ({ target }) => {
    last = target;
  });
  const look = () => {
    if (!(last instanceof Element) || last.isConnected) return;
    if (document.activeElement !== null && document.activeElement !== document.body) return;
    last = null;
    const dialog = document.querySelector("dialog[open]");
    const next = dialog
      ? (dialog.querySelector(".actions .primary") ?? dialog.querySelector("button"))
      : document.getElementById("content");
    if (next instanceof HTMLElement) next.focus({ preventScroll: true });
  };
  new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
}
