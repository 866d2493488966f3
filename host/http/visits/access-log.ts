/** Access log: a line for each request that a server of ours has answered, or could not. */

import { serverBounds } from "../../bounds/http-bounds.ts";
import { traceId } from "../../engine/trace-context.ts";
import { LineSink } from "../../platform/line-sink.ts";
import type { Registry } from "../../registry/api.ts";
import { beginning } from "../../text/cut.ts";
import { harmlessJson, harmlessLine } from "../../text/harmless.ts";
import { pathOf } from "../serve/mount.ts";
import type { Visit, VisitWatcher } from "./visit.ts";

/** Forms of an access log: objects of JSON for programs, or text for people. */
export type AccessLogForm = "json" | "text";

export interface AccessLogOptions {
  readonly form: AccessLogForm;
  readonly lines: Pick<LineSink, "write">;
  /** Gives the revision at which a plugin is live. */
  readonly revisionOf: (plugin: string) => number | undefined;
}

/** Characters of a path and of a name that a line has: clients write both. */
const [maxPath, maxName] = [1_000, 200];

/** Milliseconds in which the last lines are written when the host ends. */
const endTime = 1_000;

/** Access log on standard output, which may be read slowly, or by nobody any more. */
export interface StandardAccessLog {
  readonly watcher: VisitWatcher;
  end(): Promise<void>;
}

export function standardAccessLog(
  form: AccessLogForm,
  registry: Pick<Registry, "revision">,
): StandardAccessLog {
  // Once Node has opened it, whoever writes to a full pipe is told so in place of being made to wait.
  const { fd } = process.stdout;
  const lines = new LineSink(fd, {
    max: serverBounds.accessLog.value,
    tellDropped: (count) => droppedLine(form, count),
    broken: ({ message }) =>
      console.error(
        harmlessLine(`The access log ends: standard output takes nothing any more (${message}).`),
      ),
  });
  const revisionOf = (plugin: string) => registry.revision(plugin);
  return { watcher: accessLog({ form, lines, revisionOf }), end: () => lines.end(endTime) };
}

function droppedLine(form: AccessLogForm, dropped: number): string {
  const time = new Date().toISOString();
  return form === "json" ? harmlessJson({ time, dropped }) : `${time} dropped=${dropped}`;
}

/** Watcher that writes each visit down. */
export function accessLog({ form, lines, revisionOf }: AccessLogOptions): VisitWatcher {
  const text = form === "json" ? jsonLine : textLine;
  return {
    ended: (visit) => lines.write(text(visit, revisionOf)),
  };
}

type RevisionOf = AccessLogOptions["revisionOf"];

function jsonLine(visit: Visit, revisionOf: RevisionOf): string {
  const { at, client, method, target, status, bytes, seconds, plugin, code, caller, trace, left } = visit;
  return harmlessJson({
    time: new Date(at).toISOString(),
    client,
    method,
    path: target === undefined ? undefined : shownPath(target),
    status,
    bytes,
    ms: rounded(seconds),
    plugin: shownName(plugin),
    function: shownName(visit.function),
    revision: plugin === undefined ? undefined : revisionOf(plugin),
    code: code === "ok" ? undefined : code,
    token: caller,
    trace: traceId(trace),
    request: visit.requestId,
    left: left || undefined,
  });
}

function textLine(visit: Visit, revisionOf: RevisionOf): string {
  const { at, client = "-", method = "-", target, status = "-", bytes, seconds, plugin, trace } = visit;
  const path = target === undefined ? "-" : shownPath(target).replaceAll(" ", "\\u{20}");
  const more = {
    plugin: shownName(plugin),
    function: shownName(visit.function),
    revision: plugin === undefined ? undefined : revisionOf(plugin),
    code: visit.code === "ok" ? undefined : visit.code,
    token: visit.caller,
    trace: traceId(trace),
    request: visit.requestId,
    left: visit.left || undefined,
  };
  const said = Object.entries(more).flatMap(([name, value]) =>
    value === undefined ? [] : `${name}=${value}`,
  );
  const first = `${new Date(at).toISOString()} ${client} ${method} ${path} ${status} ${bytes} ${rounded(seconds)}ms`;
  return harmlessLine([first, ...said].join(" "));
}

/** Path without the query: that may have arguments of calls in it, and tokens of whatever a plugin serves. */
function shownPath(target: string): string {
  const path = target === "*" ? target : pathOf(target);
  return beginning(path.split(/[?#]/, 1)[0]!, maxPath);
}

function shownName(name: string | undefined): string | undefined {
  return name === undefined ? undefined : beginning(name, maxName);
}

/** Seconds as milliseconds, to the microsecond. */
function rounded(seconds: number): number {
  return Math.round(seconds * 1_000_000) / 1_000;
}
