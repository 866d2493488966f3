/** Leave that somebody gives for a change to do what the host refuses without it. */

import type { ErrorCode } from "../../errors.ts";
import type { Change } from "../../wit/diff/diff.ts";
import { agreed, canAsk } from "../questions.ts";
import { indentedChanges } from "../shown/deployment-text.ts";
import { noteLine, printError } from "../terminal.ts";
import { HostError } from "./host-error.ts";

export interface Leave {
  readonly allowBreaking?: boolean;
  readonly allowStateLoss?: boolean;
  /** All hosts get it at once. */
  readonly atOnce?: boolean;
  /** Capabilities that are granted besides. */
  readonly grant?: readonly string[];
  /** Plugins linked to this one whose calls may fail. */
  readonly breaks?: readonly string[];
  /** Fate of its data. */
  readonly keepData?: boolean;
}

/** Leave as the query of a request; names are those of the API. */
export function leaveQuery({
  allowBreaking,
  allowStateLoss,
  atOnce,
  grant = [],
  breaks = [],
  keepData,
}: Leave) {
  return new URLSearchParams([
    ...(allowBreaking ? [["allow-breaking", "true"]] : []),
    ...(allowStateLoss ? [["allow-state-loss", "true"]] : []),
    ...(atOnce ? [["at-once", "true"]] : []),
    ...grant.map((name) => ["grant", name]),
    ...breaks.map((name) => ["breaks", name]),
    ...(keepData === undefined ? [] : [["keep-data", `${keepData}`]]),
  ]);
}

/** A decision that a refusal asks for: the question, and the leave that a yes gives. */
interface Decision {
  readonly question: string;
  readonly given: (leave: Leave) => Leave;
}

const decisions: Partial<Record<ErrorCode, (problem: HostError["problem"]) => Decision | undefined>> = {
  incompatible: () => ({
    question: "Replace it all the same?",
    given: (leave) => ({ ...leave, allowBreaking: true }),
  }),
  "state-loss": () => ({
    question: "Go on, and lose the state?",
    given: (leave) => ({ ...leave, allowStateLoss: true }),
  }),
  "import-not-granted": ({ grants }) => {
    const names = texts(grants);
    if (names.length === 0) return undefined;
    return {
      question: `Grant it ${names.join(" and ")}?`,
      given: (leave) => ({ ...leave, grant: [...(leave.grant ?? []), ...names] }),
    };
  },
  "has-dependants": ({ dependants }) => {
    const names = Array.isArray(dependants)
      ? texts(dependants.map((each: { plugin?: unknown } | null) => each?.plugin))
      : [];
    if (names.length === 0) return undefined;
    return {
      question: `Go on, and let calls of ${names.join(", ")} fail?`,
      given: (leave) => ({ ...leave, breaks: [...(leave.breaks ?? []), ...names] }),
    };
  },
  "data-kept": () => ({
    question: "Keep its data, for what is deployed under the name again?",
    given: (leave) => ({ ...leave, keepData: true }),
  }),
};

/**
 * Makes a change. Where the host refuses what somebody may decide, asks if it may, at a terminal, and makes it again with the leave that is
 * given; elsewhere, and for a no, the refusal is thrown. Gives the leave that it was made with, besides what it came to.
 */
export async function withLeave<T>(
  given: Leave,
  make: (leave: Leave) => Promise<T>,
  mayAsk = canAsk(),
): Promise<{ readonly made: T; readonly leave: Leave }> {
  let leave = given;
  for (const asked = new Set<ErrorCode>(); ; ) {
    try {
      return { made: await make(leave), leave };
    } catch (error) {
      const decision = error instanceof HostError ? decisions[error.code]?.(error.problem) : undefined;
      if (!(error instanceof HostError) || !decision || !mayAsk || asked.has(error.code)) throw error;
      asked.add(error.code);
      explain(error);
      if (!(await agreed(decision.question))) throw error;
      leave = decision.given(leave);
    }
  }
}

function explain({ message, problem }: HostError): void {
  if (Array.isArray(problem.changes)) printError(indentedChanges(problem.changes as readonly Change[], "  "));
  else noteLine(message);
}

function texts(values: unknown): string[] {
  return Array.isArray(values) ? values.filter((each) => typeof each === "string") : [];
}
