import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { LogLine } from "../../host/capabilities/capability.ts";
import { limitedLog } from "../../host/capabilities/limited-log.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function logOf(bytesPerSecond: number) {
  const lines: LogLine[] = [];
  const limited = limitedLog((line) => lines.push(line), bytesPerSecond);
  const log = (message: string) => limited({ plugin: "p", level: "info", context: "", message });
  return { lines, log, messages: () => lines.splice(0).map(({ message }) => message) };
}
const dropped = (lines: number, bytes: number) =>
  `Dropped ${lines} lines (${bytes} bytes): the plugin logs more than 100 bytes a second.`;

it("lets through what stays below the limit, and bursts of two seconds", () => {
  const { log, messages } = logOf(100);
  for (let i = 0; i < 20; i++) log("0123456789");
  expect(messages()).toHaveLength(20);
  for (let second = 0; second < 5; second++) {
    vi.advanceTimersByTime(1000);
    for (let i = 0; i < 10; i++) log("0123456789");
  }
  expect(messages()).toHaveLength(50);
});

it("drops what is beyond, and says once how much", () => {
  const { log, lines, messages } = logOf(100);
  for (let i = 0; i < 1000; i++) log("0123456789");
  expect(messages()).toHaveLength(20);
  vi.advanceTimersByTime(500);
  log("again");
  expect(lines[0]).toMatchObject({ plugin: "p", level: "warn", context: "hotcell" });
  expect(messages()).toEqual([dropped(980, 9800), "again"]);
  vi.advanceTimersByTime(10_000);
  expect(messages()).toEqual([]);
});

it("says so too when the plugin falls silent", () => {
  const { log, messages } = logOf(100);
  for (let i = 0; i < 30; i++) log("0123456789");
  expect(messages()).toHaveLength(20);
  vi.advanceTimersByTime(1000);
  expect(messages()).toEqual([dropped(10, 100)]);
});

it("counts bytes of UTF-8, and drops a line that is too long by itself", () => {
  const { log, messages } = logOf(100);
  log("x".repeat(201));
  log("é".repeat(101));
  log("fits");
  expect(messages()).toEqual([dropped(2, 403), "fits"]);
});
