import { writeFile } from "node:fs/promises";
import { shownPath } from "../../text/paths.ts";
import { print, printJson } from "../terminal.ts";

/** Text that a verb makes: goes to the file that was named, else it is shown; for programs as a member of that name, or `out` says where it is. */
export async function tellWritten(
  member: string,
  text: string,
  { out, json = false }: { readonly out?: string | undefined; readonly json?: boolean | undefined },
): Promise<void> {
  if (out !== undefined) await writeFile(out, text);
  if (json) printJson(out === undefined ? { [member]: text } : { out });
  else print(out === undefined ? text.trimEnd() : `Wrote ${shownPath(out)}.`);
}
