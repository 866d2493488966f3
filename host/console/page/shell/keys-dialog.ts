/** List of the keys that do something. */
import { html } from "../markup.ts";
import { Dialog } from "../parts/dialog.ts";
import { say } from "../strings/speech.ts";
import { pages } from "./page-table.ts";
import { showsKeys } from "./shortcuts.ts";

export function KeysDialog() {
  if (!showsKeys.value) return null;
  const rows: readonly (readonly [readonly string[], string])[] = [
    ...pages.flatMap(({ key, title }) =>
      key === undefined ? [] : [[["g", key], say("keys.go", { page: say(title) })] as const],
    ),
    [["/"], say("keys.search")],
    [["?"], say("keys.help")],
    [["Esc"], say("keys.close")],
  ];
  const close = () => {
    showsKeys.value = false;
  };
  return html`<${Dialog} title=${say("keys.title")} onClose=${close}>
    <table class="plain-table">
      <thead class="unseen"><tr><th scope="col">${say("keys.key")}</th><th scope="col">${say("keys.does")}</th></tr></thead>
      <tbody>${rows.map(
        ([keys, text]) =>
          html`<tr><td>${keys.map((key) => html`<kbd>${key}</kbd> `)}</td><td>${text}</td></tr>`,
      )}</tbody>
    </table>
  <//>`;
}
