import type { LogLine } from "./capability.ts";

/**
 * A log that takes so many bytes (UTF-8, of context and message) a second from a plugin, and twice that at once after
 * a quiet time. Lines beyond are dropped; how many, one line says when there is room again.
 */
export function limitedLog(log: (line: LogLine) => void, bytesPerSecond: number): (line: LogLine) => void {
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
    log({ plugin, level: "warn", context: "hotcell", message });
  };

  return (line) => {
    const now = performance.now();
    room = Math.min(most, room + ((now - filled) / 1000) * bytesPerSecond);
    filled = now;
    const bytes = Buffer.byteLength(line.context) + Buffer.byteLength(line.message);
    if (bytes <= room) {
      if (dropped.lines > 0) tell(line.plugin);
      room -= bytes;
      log(line);
      return;
    }
    dropped = { lines: dropped.lines + 1, bytes: dropped.bytes + bytes };
    // A plugin that falls silent must not leave it unsaid.
    notice ??= setTimeout(tell, 1000, line.plugin).unref();
  };
}
