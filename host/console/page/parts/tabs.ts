import { html } from "../markup.ts";

export interface Tab {
  readonly label: string;
  readonly href: string;
  readonly current: boolean;
}

/** Pages beside each other: links, because each has an address. */
export function Tabs({ label, tabs }: { readonly label: string; readonly tabs: readonly Tab[] }) {
  return html`<nav class="tabs" aria-label=${label}>
    <ul>
      ${tabs.map(
        (tab) =>
          html`<li><a href=${tab.href} aria-current=${tab.current ? "page" : undefined}>${tab.label}</a></li>`,
      )}
    </ul>
  </nav>`;
}
