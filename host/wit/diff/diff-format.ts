/** Changes as text for people, like a good compiler's. */
import type { Change } from "./diff.ts";

const groups = [
  { verdict: "breaking", title: "Breaking", meaning: "calls that work today would fail" },
  { verdict: "capability", title: "Capability", meaning: "the host has to grant or supply something else" },
  { verdict: "compatible", title: "Compatible", meaning: "callers go on working" },
] as const;

/**
 * The changes by verdict, breaking ones first: each with its place, what it was (`-`) and is (`+`), and who notices.
 * Ends with a newline.
 */
export function formatChanges(changes: readonly Change[]): string {
  const blocks = groups.flatMap(({ verdict, title, meaning }) => {
    const ofGroup = changes.filter((change) => change.verdict === verdict);
    if (ofGroup.length === 0) return [];
    const reassert = ofGroup.some((change) => change.reassert);
    const note = reassert ? ["Types that embedders assert with `as` have changed, though."] : [];
    const sentence = [`${title} (${ofGroup.length}): ${meaning}.`, ...note].join(" ");
    return [sentence, ...ofGroup.map(formatChange)];
  });
  return `${blocks.length > 0 ? blocks.join("\n\n") : "No changes."}\n`;
}

function formatChange({ path, imported, before, after, message, reason }: Change): string {
  const isUnseen = before === undefined && after === undefined;
  return [
    `  ${imported ? "import " : ""}${path}`,
    ...(before === undefined ? [] : [`    - ${before}`]),
    ...(after === undefined ? [] : [`    + ${after}`]),
    ...(isUnseen ? [`    ${message}`] : reason === undefined ? [] : [`    ${reason}`]),
  ].join("\n");
}
