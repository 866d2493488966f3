/** Keys that do something wherever one is, but not while one writes. */
import { signal } from "@preact/signals";
import { pages } from "./page-table.ts";
import { go, href } from "./router.ts";

/** The list of keys is open. */
export const showsKeys = signal(false);

/** Listens for keys. `g`, then a page's key: to that page. `/`: to the search field. `?`: the list. */
export function followKeys(): void {
  let afterGo = false;
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || isWriting(event.target))
      return;
    if (document.querySelector("dialog[open]")) return;
    const { key } = event;
    const page = afterGo ? pages.find((each) => each.key === key) : undefined;
    afterGo = key === "g" && !afterGo;
    if (page) go(href(page.path));
    else if (key === "?") showsKeys.value = true;
    else if (key === "/") document.querySelector<HTMLElement>("[data-search]")?.focus();
    else return;
    event.preventDefault();
  });
}

function isWriting(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(?:INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}
