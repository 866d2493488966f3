import { now } from "wasi:clocks/wall-clock@0.2.0";

/** RFC 3339: "2026-11-22T10:15:02Z". */
export function getFriendlyTime(): string {
  const iso = new Date(<i64>now().seconds * 1000).toISOString();
  return iso.substring(0, 19) + "Z";
}
