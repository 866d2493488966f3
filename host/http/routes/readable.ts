import { HotcellError } from "../../errors.ts";

/** Result of reading something of a plugin; undefined for one that was removed meanwhile, or that can't be read. Faults of ours are thrown. */
export async function ifReadable<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof HotcellError && error.code !== "fault") return undefined;
    throw error;
  }
}
