/** Events of a host, each as a line for people. */

import { ink, type LinePiece } from "../terminal.ts";
import { clockTime } from "./moment.ts";

/** Event as a host tells it; what it has of members may be another than this one knows. */
export interface HostEvent {
  readonly id: number;
  readonly kind: string;
  readonly at: string;
  readonly who?: string;
  readonly plugin?: string;
  readonly revision?: number;
  readonly data?: Readonly<Record<string, unknown>>;
}

const levels: Readonly<Record<string, Parameters<typeof ink>[0]>> = {
  error: "red",
  critical: "red",
  warn: "yellow",
};

/** A line of a plugin's log: `2026-11-30 08:33:58 greet warn context: message`. */
export function logLine({ at, plugin = "", data = {} }: HostEvent): readonly LinePiece[] {
  const { level, context, message } = data;
  const name = text(level);
  return [
    ink("dim", `${clockTime(at)} `),
    ink("cyan", plugin),
    " ",
    ink(levels[name] ?? "dim", name.padEnd(5)),
    ` ${context ? `${text(context)}: ` : ""}${text(message)}`,
  ];
}

/** A line of any event: `2026-11-30 08:33:58 greet deployed revision 3 by admin outcome=swapped`. */
export function eventLine(event: HostEvent): readonly LinePiece[] {
  const { kind, at, plugin = "", revision, who, data = {} } = event;
  if (kind === "log") return logLine(event);
  const facts = Object.entries(data ?? {}).map(([name, value]) => `${name}=${text(value)}`);
  return [
    ink("dim", `${clockTime(at)} `),
    ink("cyan", plugin),
    " ",
    ink(kind === "refused" ? "red" : kind === "deployed" ? "green" : "bold", kind),
    [
      "",
      ...(revision === undefined ? [] : [`revision ${revision}`]),
      ...(who === undefined ? [] : [`by ${who}`]),
      ...facts,
    ].join(" "),
  ];
}

function text(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "");
}
