import { signal } from "@preact/signals";
import { html } from "../markup.ts";
import { language, say } from "../strings/speech.ts";

/** Milliseconds since 1970, now and then: what tells how long ago something was follows it. */
const now = signal(Date.now());
setInterval(() => {
  now.value = Date.now();
}, 10_000);

const steps: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
  ["second", 1],
];

/** Time as what has gone by since; the exact one is its title. */
export function Ago({ at }: { readonly at: string | number }) {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return html`<span>${`${at}`}</span>`;
  return html`<time datetime=${date.toISOString()} title=${exactTime(date)}>${relative(date)}</time>`;
}

function exactTime(date: Date): string {
  return date.toLocaleString(language.value, { dateStyle: "medium", timeStyle: "medium" });
}

function relative(date: Date): string {
  const seconds = Math.round((date.getTime() - Math.max(now.value, Date.now())) / 1000);
  if (Math.abs(seconds) < 10) return say("time.now");
  const [unit, size] = steps.find(([, length]) => Math.abs(seconds) >= length)!;
  return new Intl.RelativeTimeFormat(language.value, { style: "short" }).format(
    Math.round(seconds / size),
    unit,
  );
}
