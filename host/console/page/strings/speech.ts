/** Language of the page, and its sentences in it. */
import { computed, signal } from "@preact/signals";
import { preference } from "../api/preferences.ts";
import { table } from "./table-of-strings.ts";

/** Languages, by the names that they have for themselves. */
export const languages = { en: "English", zh: "中文" } as const;
export type Language = keyof typeof languages;

/** Name of a sentence. */
export type StringKey = keyof typeof table;

const asked = preference("language");

export const language = signal<Language>(
  asked === "en" || asked === "zh" ? asked : navigator.language.startsWith("zh") ? "zh" : "en",
);

const plural = computed(() => new Intl.PluralRules(language.value));

/**
 * Sentence of that name in the page's language, `{name}` being replaced by the value of that name. Of two forms with `|` between them
 * the first is for one, by the value `n`.
 */
export function say(key: StringKey, values: Readonly<Record<string, string | number>> = {}): string {
  const [english, chinese] = table[key];
  const sentence = language.value === "zh" ? chinese : english;
  const [one = "", other = one] = sentence.split("|");
  const form = typeof values.n === "number" && plural.value.select(values.n) === "one" ? one : other;
  return form.replace(/\{(\w+)\}/g, (_, name: string) => shownValue(values[name]));
}

function shownValue(value: string | number | undefined): string {
  return typeof value === "number" ? value.toLocaleString(language.value) : (value ?? "");
}
