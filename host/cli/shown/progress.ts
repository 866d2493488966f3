/** Bar of how far something long has come, on a terminal; nowhere else. */

import process from "node:process";
import { howMany } from "../../text/how-many.ts";

/** Bytes from which on an upload has one. */
const long = 1_000_000;

/** Told of bytes on their way, and of how many there are. `done` takes the bar away. */
export interface Progress {
  readonly sent: (bytes: number, all: number) => void;
  readonly done: () => void;
}

/** Undefined where there is nobody to see it, or nothing to wait for. */
export async function progressOf(
  title: string,
  bytes: number,
  quiet: boolean,
): Promise<Progress | undefined> {
  if (quiet || bytes < long || process.stderr.isTTY !== true) return undefined;
  const { progress } = await import("@clack/prompts");
  const bar = progress({ max: 100, output: process.stderr });
  let told = 0;
  bar.start(title);
  return {
    sent(sent, all) {
      const percent = Math.floor((100 * sent) / all);
      if (percent === told) return;
      bar.advance(percent - told, `${title}: ${percent} % of ${howMany(all, "byte")}`);
      told = percent;
    },
    done: () => bar.stop(title),
  };
}
