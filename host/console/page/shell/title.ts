/** Title of the document: the page's, then the host's. */
import { useEffect } from "preact/hooks";

export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · Hotcell`;
  }, [title]);
}
