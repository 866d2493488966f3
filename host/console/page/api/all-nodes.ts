import type { NodesAnswer, ShownNode } from "../../answers/host-answers.ts";
import { useAgain, useAnswer } from "./loaded.ts";
import { may } from "./session.ts";

/** Milliseconds between looks. */
const every = 5_000;

/** Hosts that share what the one that answers serves from, itself among them; none as long as that is not known. */
export function useNodes(): readonly ShownNode[] {
  const { answer, reload } = useAnswer<NodesAnswer>(may("nodes") ? ["nodes"] : undefined);
  useAgain(reload, every);
  return answer?.data.nodes ?? [];
}
