import { html } from "../markup.ts";
import { language, say } from "../strings/speech.ts";

/** Stages of a deployment with their milliseconds, each as long as it took beside the others. */
export function StageTimes({ timings }: { readonly timings: Readonly<Record<string, number>> }) {
  const stages = Object.entries(timings);
  const longest = Math.max(0.001, ...stages.map(([, ms]) => ms));
  const total = stages.reduce((sum, [, ms]) => sum + ms, 0);
  return html`<table class="stages">
    <caption class="unseen">${say("stage.caption")}</caption>
    <tbody>
      ${stages.map(
        ([stage, ms]) => html`<tr>
          <th scope="row">${stage}</th>
          <td class="bar"><meter min="0" max=${longest} value=${ms} aria-label=${stage}></meter></td>
          <td class="figures">${millisecondsText(ms)}</td>
        </tr>`,
      )}
      <tr class="total"><th scope="row">${say("stage.total")}</th><td></td><td class="figures">${millisecondsText(total)}</td></tr>
    </tbody>
  </table>`;
}

/** `1.24 ms` */
export function millisecondsText(ms: number): string {
  const digits = ms < 10 ? 2 : ms < 100 ? 1 : 0;
  const options = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  return `${ms.toLocaleString(language.value, options)} ms`;
}
