import type { Access } from "../access/access.ts";
import { HotcellError } from "../errors.ts";

/** Whether who sends this may call the plugin, and so see what its functions return. */
export function mayCall(access: Access, headers: Headers, plugin: string, connection: unknown): boolean {
  try {
    access.check("call", headers, plugin, connection);
    return true;
  } catch (error) {
    if (error instanceof HotcellError) return false;
    throw error;
  }
}
