/** Figures of `hotcell top`, each in a few letters. */

const units = [
  [1e12, "T"],
  [1e9, "G"],
  [1e6, "M"],
  [1e4, "k"],
] as const;

/** A count, or a rate: `0.3`, `12`, `1,203`, `12.3k`. */
export function countFigure(value: number): string {
  const unit = units.find(([size]) => value >= size);
  if (unit) {
    const [size, name] = unit;
    return `${(value / (name === "k" ? 1000 : size)).toFixed(1)}${name}`;
  }
  return value > 0 && value < 10 && !Number.isInteger(value)
    ? value.toFixed(1)
    : Math.round(value).toLocaleString("en");
}

/** Seconds: `120 µs`, `1.5 ms`, `2.0 s`. */
export function secondsFigure(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined) return "–";
  if (seconds < 1e-3) return `${Math.round(seconds * 1e6)} µs`;
  return seconds < 1 ? `${short(seconds * 1e3)} ms` : `${short(seconds)} s`;
}

/** Bytes: `64 KiB`, `1.5 MiB`. */
export function bytesFigure(bytes: number | null | undefined): string {
  if (bytes === null || bytes === undefined) return "–";
  const kibibytes = bytes / 1024;
  if (kibibytes < 1000) return `${Math.round(kibibytes)} KiB`;
  return kibibytes < 1000 * 1024 ? `${short(kibibytes / 1024)} MiB` : `${short(kibibytes / 1024 ** 2)} GiB`;
}

function short(value: number): string {
  return value < 10 ? value.toFixed(1) : `${Math.round(value)}`;
}

const bars = "▁▂▃▄▅▆▇█";

/** Figures as bars, the highest of them a full one. */
export function sparkline(figures: readonly number[]): string {
  const most = Math.max(...figures, 0);
  return figures
    .map((each) =>
      most === 0 ? bars[0] : bars[Math.min(bars.length - 1, Math.floor((each / most) * bars.length))],
    )
    .join("");
}
