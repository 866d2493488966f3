import { readdir, readFile } from "node:fs/promises";

/**
 * Nanoseconds of CPU time that a process and those that it started have had, all threads that are there together, as Linux counts
 * them; elsewhere undefined.
 */
export async function cpuTime(pid: number): Promise<number | undefined> {
  const folder = `/proc/${pid}/task`;
  let nanoseconds = 0;
  try {
    for (const thread of await readdir(folder)) {
      const [own = ""] = (await readFile(`${folder}/${thread}/schedstat`, "utf8")).split(" ");
      nanoseconds += Number(own);
      for (const child of (await readFile(`${folder}/${thread}/children`, "utf8")).split(" "))
        if (child !== "") nanoseconds += (await cpuTime(Number(child))) ?? 0;
    }
  } catch {
    return undefined;
  }
  return nanoseconds;
}
