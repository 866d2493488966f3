/** Finding of `hotcell doctor`: one thing that was looked at, and what came of it. */

import { HotcellError } from "../../errors.ts";

export interface DoctorFinding {
  /** Stable name of what was looked at, for scripts. */
  readonly name: string;
  /** `note`: a host runs, and somebody may have meant something else. `wrong`: it does not run, or not safely. */
  readonly state: "ok" | "note" | "wrong";
  readonly found: string;
  /** Step to take; absent where all is well. */
  readonly remedy?: string;
}

export function ok(name: string, found: string): DoctorFinding {
  return { name, state: "ok", found };
}

export function note(name: string, found: string, remedy: string): DoctorFinding {
  return { name, state: "note", found, remedy };
}

export function wrong(name: string, found: string, remedy: string): DoctorFinding {
  return { name, state: "wrong", found, remedy };
}

/** Finding for an error of the catalogue, which says what to do itself; another one is our own fault, and thrown. */
export function wrongBy(name: string, error: unknown): DoctorFinding {
  if (!(error instanceof HotcellError) || error.code === "fault") throw error;
  const { remedy = "" } = error.facts;
  return wrong(name, error.message, remedy);
}
