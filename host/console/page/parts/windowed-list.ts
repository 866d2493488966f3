import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { type Content, html } from "../markup.ts";

interface WindowedListProps<Row> {
  readonly label: string;
  readonly rows: readonly Row[];
  /** Height of each, in pixels. */
  readonly height: number;
  readonly keyOf: (row: Row) => string;
  readonly view: (row: Row) => Content;
}

/** Rows above and below what is seen, for whoever scrolls quickly. */
const beyond = 12;

/** List of any length, of which only what is seen is in the page; it scrolls with that. */
export function WindowedList<Row>({ label, rows, height, keyOf, view }: WindowedListProps<Row>) {
  const element = useRef<HTMLUListElement>(null);
  const [first, setFirst] = useState(0);
  const shown = Math.ceil(innerHeight / height) + 2 * beyond;
  useLayoutEffect(() => {
    const look = () => {
      const top = element.current?.getBoundingClientRect().top ?? 0;
      // By steps: not every pixel is something new.
      setFirst(Math.max(0, Math.floor(-top / height / beyond) * beyond - beyond));
    };
    look();
    addEventListener("scroll", look, { passive: true });
    addEventListener("resize", look);
    return () => {
      removeEventListener("scroll", look);
      removeEventListener("resize", look);
    };
  }, [height, rows.length]);
  const from = Math.min(first, Math.max(0, rows.length - shown));
  const seen = rows.slice(from, from + shown + beyond);
  return html`<ul ref=${element} class="windowed" aria-label=${label} style=${{ height: `${rows.length * height}px` }}>
    ${seen.map(
      (row, i) =>
        html`<li key=${keyOf(row)} aria-setsize=${rows.length} aria-posinset=${from + i + 1} style=${{ height: `${height}px`, top: `${(from + i) * height}px` }}>${view(row)}</li>`,
    )}
  </ul>`;
}
