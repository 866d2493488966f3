import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { LogLimit, limitedLog } from "../../host/backends/log/limited-log.ts";
import type { LogLine } from "../../host/backends/log/log-line.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const line = "0123456789";
/** Ten of those: a line costs 16 bytes besides its text. */
const perSecond = 10 * (line.length + 16);

function logOf(bytesPerSecond: number) {
  const lines: LogLine[] = [];
  const drops: number[] = [];
  const limited = limitedLog(
    (line) => lines.push(line),
    bytesPerSecond,
    (count) => drops.push(count),
  );
  const log = (message: string) => limited({ plugin: "p", level: "info", context: "", message });
  return { lines, log, limited, drops, messages: () => lines.splice(0).map(({ message }) => message) };
}
const dropped = (lines: number, bytes: number) =>
  `Dropped ${lines} lines (${bytes} bytes): the plugin logs more than ${perSecond} bytes a second.`;

it("lets through what stays below the limit, and bursts of two seconds", () => {
  const { log, messages } = logOf(perSecond);
  for (let i = 0; i < 20; i++) log(line);
  expect(messages()).toHaveLength(20);
  for (let second = 0; second < 5; second++) {
    vi.advanceTimersByTime(1000);
    for (let i = 0; i < 10; i++) log(line);
  }
  expect(messages()).toHaveLength(50);
});

it("drops what is beyond, and says once how much", () => {
  const { log, lines, drops, messages } = logOf(perSecond);
  for (let i = 0; i < 1000; i++) log(line);
  expect(messages()).toHaveLength(20);
  vi.advanceTimersByTime(500);
  log("again");
  expect(lines[0]).toMatchObject({ plugin: "p", level: "warn", context: "hotcell", dropped: 980 });
  expect(drops).toHaveLength(980);
  expect(messages()).toEqual([dropped(980, 9800), "again"]);
  vi.advanceTimersByTime(10_000);
  expect(messages()).toEqual([]);
});

it("says so too when the plugin falls silent", () => {
  const { log, messages } = logOf(perSecond);
  for (let i = 0; i < 30; i++) log(line);
  expect(messages()).toHaveLength(20);
  vi.advanceTimersByTime(1000);
  expect(messages()).toEqual([dropped(10, 100)]);
});

it("counts bytes of UTF-8, and drops a line that is too long by itself", () => {
  const { log, messages } = logOf(perSecond);
  log("x".repeat(2 * perSecond - 15));
  log("é".repeat(perSecond - 7));
  log("fits");
  expect(messages()).toEqual([dropped(2, 4 * perSecond - 29), "fits"]);
});

it("limits empty lines too", () => {
  const { log, lines } = logOf(perSecond);
  for (let i = 0; i < 1000; i++) log("");
  expect(lines).toHaveLength(Math.floor((2 * perSecond) / 16));
});

it("counts each dropped line once, also those that another log before it has dropped", () => {
  const { log, limited, drops, messages } = logOf(perSecond);
  const notice: LogLine = { plugin: "p", level: "warn", context: "hotcell", message: "", dropped: 5 };
  limited(notice);
  for (let i = 0; i < 50; i++) log(line);
  limited(notice);
  const sum = () => drops.reduce((total, lines) => total + lines, 0);
  const passed = messages().length - 1;
  expect(sum()).toBe(50 - passed + 10);
  vi.advanceTimersByTime(1000);
  expect(sum()).toBe(50 - passed + 10);
});

it("follows its limit at once, up and down", () => {
  const limit = new LogLimit(() => {}, 0);
  const raw = { plugin: "p", level: "info", context: "", message: line } as const;
  const admitted = (count: number) => Array.from({ length: count }, () => limit.admits(raw)).filter(Boolean);
  expect(admitted(1)).toHaveLength(0);
  limit.change(perSecond);
  expect(admitted(30)).toHaveLength(20);
  limit.change(2 * perSecond);
  expect(admitted(30)).toHaveLength(20);
  vi.advanceTimersByTime(5000);
  limit.change(0);
  expect(admitted(1)).toHaveLength(0);
});
