import { language } from "../strings/speech.ts";

const units = ["byte", "kilobyte", "megabyte", "gigabyte"] as const;

/** Size for people: `10.3 kB`. */
export function bytesText(bytes: number): string {
  const step = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, bytes)) / 3)));
  const amount = bytes / 1000 ** step;
  return amount.toLocaleString(language.value, {
    style: "unit",
    unit: units[step]!,
    maximumFractionDigits: step === 0 || amount >= 100 ? 0 : 1,
  });
}
