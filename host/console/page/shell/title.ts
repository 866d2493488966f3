/** Title of the document: the page's, then the host's. */
import { useEffect } from "preact/hooks";
import { shownText } from "../strings/shown-text.ts";

export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${shownText(title)} · Hotcell`;
  }, [title]);
}
