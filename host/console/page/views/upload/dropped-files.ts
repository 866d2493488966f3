/** Files that were dropped on the page, wherever, for the page of uploads to take. */
import { signal } from "@preact/signals";
import { go, href, place } from "../../shell/router.ts";

export const droppedFiles = signal<readonly File[]>([]);

/** Takes files that are dropped on any page to that of uploads. */
export function followDrops(): void {
  addEventListener("dragover", (event) => {
    if (event.dataTransfer?.types.includes("Files")) event.preventDefault();
  });
  addEventListener("drop", (event) => {
    const files = [...(event.dataTransfer?.files ?? [])];
    if (files.length === 0) return;
    // Else the browser would leave the page for the file.
    event.preventDefault();
    if (!document.querySelector("dialog[open]")) takeToUpload(files);
  });
}

/** Leads to the page of uploads with these files; from one of a plugin, for this plugin. */
export function takeToUpload(files: readonly File[]): void {
  droppedFiles.value = files;
  const [page, plugin] = place.value.parts;
  if (page !== "upload") go(href(["upload"], { plugin: page === "plugins" ? plugin : undefined }));
}
