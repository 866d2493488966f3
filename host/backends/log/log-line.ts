/** One line that a plugin wrote. */
export interface LogLine {
  readonly plugin: string;
  readonly level: "trace" | "debug" | "info" | "warn" | "error" | "critical";
  readonly context: string;
  readonly message: string;
  /** Name of the trace that the call was part of which wrote it (32 digits, as in `traceparent`). */
  readonly trace?: string | undefined;
  /** Lines of the plugin that were dropped, where this one is Hotcell's own and says so. */
  readonly dropped?: number;
}

/** A line as the plugin wrote it. */
export interface RawLine extends LogLine {
  /** Rest of a line of output, which is shown in part: UTF-16 code units that followed and were not kept. */
  readonly more?: number;
}
