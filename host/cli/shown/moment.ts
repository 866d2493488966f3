/** Moments as people at a terminal read them. */

const units = [
  ["y", 365 * 24 * 3600],
  ["d", 24 * 3600],
  ["h", 3600],
  ["m", 60],
] as const;

/** Time since a moment, in its largest unit: `3d`; what is no moment, as it came. */
export function ago(at: string, now = Date.now()): string {
  const seconds = Math.max(0, Math.floor((now - Date.parse(at)) / 1000));
  if (Number.isNaN(seconds)) return at;
  const unit = units.find(([, length]) => seconds >= length);
  return unit ? `${Math.floor(seconds / unit[1])}${unit[0]}` : `${seconds}s`;
}

/** Moment by the clock of this place: `2026-11-30 08:33:58`. */
export function clockTime(at: string): string {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return at;
  const two = (number: number) => `${number}`.padStart(2, "0");
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}
