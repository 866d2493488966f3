import type { LogLine } from "./capability.ts";

/** Bytes that a line costs besides its text, so that empty ones have a limit too. */
const lineOverhead = 16;

/**
 * A log that takes so many bytes (UTF-8, of context and message, and 16 a line) a second from a plugin, and twice that
 * at once after a quiet time. Lines beyond are dropped, and `onDrop` is told how many; one line says so when there is
 * room again. What such a log in another process has dropped, and says in its own line, is told in the same way.
 */
export function limitedLog(
  log: (line: LogLine) => void,
  bytesPerSecond: number,
  onDrop: (lines: number) => void = () => {},
): (line: LogLine) => void {
  const most = 2 * bytesPerSecond;
  let room = most;
  let filled = performance.now();
  let dropped = { lines: 0, bytes: 0 };
  let notice: NodeJS.Timeout | undefined;

  const tell = (plugin: string) => {
    clearTimeout(notice);
    notice = undefined;
    const { lines, bytes } = dropped;
    dropped = { lines: 0, bytes: 0 };
    const what = lines === 1 ? "1 line" : `${lines} lines`;
    const message = `Dropped ${what} (${bytes} bytes): the plugin logs more than ${bytesPerSecond} bytes a second.`;
    log({ plugin, level: "warn", context: "hotcell", message, dropped: lines });
  };

  return (line) => {
    const now = performance.now();
    room = Math.min(most, room + ((now - filled) / 1000) * bytesPerSecond);
    filled = now;
    if (line.dropped !== undefined) onDrop(line.dropped);
    const text = Buffer.byteLength(line.context) + Buffer.byteLength(line.message);
    const bytes = text + lineOverhead;
    if (bytes <= room) {
      if (dropped.lines > 0) tell(line.plugin);
      room -= bytes;
      log(line);
      return;
    }
    // A line that itself says what was dropped is none of the plugin's.
    if (line.dropped === undefined) onDrop(1);
    dropped = { lines: dropped.lines + (line.dropped ?? 1), bytes: dropped.bytes + text };
    // A plugin that falls silent must not leave it unsaid.
    notice ??= setTimeout(tell, 1000, line.plugin).unref();
  };
}
