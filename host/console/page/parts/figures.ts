/** Figures as people read them. */
import { language } from "../strings/speech.ts";

export function numberText(value: number): string {
  return value.toLocaleString(language.value, {
    maximumFractionDigits: value < 10 ? 2 : value < 100 ? 1 : 0,
  });
}

/** 12,345,678 as 12M. */
export function roundText(value: number): string {
  if (value < 10_000) return numberText(value);
  return value.toLocaleString(language.value, { notation: "compact", maximumFractionDigits: 1 });
}

/** Size: `10.3 KiB`. */
export function bytesText(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  const step = bytes < 1024 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  return `${numberText(bytes / 1024 ** step)} ${units[step]}`;
}

export function secondsText(seconds: number): string {
  if (seconds >= 1) return `${numberText(seconds)} s`;
  return seconds >= 0.001 ? `${numberText(seconds * 1000)} ms` : `${numberText(seconds * 1e6)} µs`;
}
