import { useLayoutEffect, useRef } from "preact/hooks";
import { html } from "../markup.ts";

interface PageLink {
  readonly label: string;
  readonly href: string;
  readonly current?: boolean;
}

interface PageLinksProps {
  readonly kind: "nav" | "tabs";
  /** Name of the list, for screen readers. */
  readonly label: string;
  readonly links: readonly PageLink[];
}

/** Links to pages beside each other. Where there is no room for all, the one of this page is in sight. */
export function PageLinks({ kind, label, links }: PageLinksProps) {
  const element = useRef<HTMLElement>(null);
  const current = links.find((each) => each.current)?.href;
  useLayoutEffect(() => {
    const link = element.current?.querySelector("[aria-current]");
    // Not by the browser's own scrolling to an element, which moves the page too.
    for (
      let box = link?.parentElement;
      link && box;
      box = box === element.current ? null : box.parentElement
    ) {
      const [own, at] = [box.getBoundingClientRect(), link.getBoundingClientRect()];
      if (box.scrollWidth > box.clientWidth) box.scrollLeft += at.x + at.width / 2 - own.x - own.width / 2;
    }
  }, [current]);
  return html`<nav ref=${element} class=${kind} aria-label=${label}>
    <ul>
      ${links.map(({ label: name, href, current: isCurrent }) => html`<li><a href=${href} aria-current=${isCurrent ? "page" : undefined}>${name}</a></li>`)}
    </ul>
  </nav>`;
}
