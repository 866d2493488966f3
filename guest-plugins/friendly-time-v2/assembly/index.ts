import { now } from "wasi:clocks/wall-clock@0.2.0";

/** The friendlier form: "当前时间:2026-11-22 10:15:02". */
export function getFriendlyTime(): string {
  const iso = new Date(<i64>now().seconds * 1000).toISOString();
  return "当前时间:" + iso.substring(0, 10) + " " + iso.substring(11, 19);
}
