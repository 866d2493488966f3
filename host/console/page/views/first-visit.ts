/** Page of a host that has no plugin yet: how one gets there. */
import { base } from "../api/api-client.ts";
import { whyNot } from "../api/session.ts";
import { html } from "../markup.ts";
import { CodeView } from "../parts/code-view.ts";
import { FileDrop } from "../parts/file-drop.ts";
import { say } from "../strings/speech.ts";
import { takeToUpload } from "./upload/dropped-files.ts";

export function FirstVisit() {
  const address = base.href.replace(/\/$/, "");
  const steps = [
    { title: say("first.make"), text: "npx hotcell new greet && cd greet\nnpm install && npm run build" },
    {
      title: say("first.upload"),
      text: `curl -X PUT -H "Authorization: Bearer $HOTCELL_TOKEN" \\\n  -H "Content-Type: application/wasm" \\\n  --data-binary @build/greet.wasm ${address}/plugins/greet`,
    },
    { title: say("first.call"), text: `curl '${address}/call/greet/greet?name=Ada'` },
  ];
  const why = whyNot("deploy");
  return html`<section class="first">
    <h2>${say("first.title")}</h2>
    <p class="soft">${say("first.text")}</p>
    ${
      why === undefined
        ? html`<${FileDrop} label=${say("first.drop")} hint=${say("first.dropHint")} accept=".wasm,.json,.tar" onFiles=${takeToUpload} />`
        : html`<p class="note">${why}</p>`
    }
    <p class="soft">${say("first.or")}</p>
    <ol class="first-steps">
      ${steps.map(
        ({ title, text }, i) =>
          html`<li><h3><span class="first-number" aria-hidden="true">${i + 1}</span>${title}</h3><${CodeView} label=${title} text=${text} /></li>`,
      )}
    </ol>
  </section>`;
}
