import type { ShownHost } from "../../../answers/host-answers.ts";
import { say } from "../../strings/speech.ts";

/** Name of a host: where it listens, or which process it is. */
export function hostName({ machine, pid, address }: ShownHost): string {
  return address ?? say("host.process", { pid: `${pid}`, machine });
}
