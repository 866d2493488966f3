/** Appearance of the page: as the system has it, or as was asked for. */
import { effect, signal } from "@preact/signals";
import { prefer, preference } from "../api/preferences.ts";
import { language } from "../strings/speech.ts";

export const themes = ["system", "light", "dark"] as const;
export type Theme = (typeof themes)[number];

const asked = preference("theme");
export const theme = signal<Theme>(themes.find((name) => name === asked) ?? "system");

/** Tells the document of theme and language, and the browser to keep them. */
export function followPreferences(): void {
  effect(() => {
    const { dataset } = document.documentElement;
    if (theme.value === "system") delete dataset.theme;
    else dataset.theme = theme.value;
    prefer("theme", theme.value);
  });
  effect(() => {
    document.documentElement.lang = language.value;
    prefer("language", language.value);
  });
}
