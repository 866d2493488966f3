import type { Access } from "../../access/access.ts";
import type { Permission } from "../../access/scopes.ts";
import { HotcellError } from "../../errors.ts";

/** Permission of who sends this to call the plugin, and so to see what its functions return. */
export function mayCall(access: Access, headers: Headers, plugin: string, connection: unknown): boolean {
  return may("call", access, headers, plugin, connection);
}

/** Permission of who sends this to do that with the plugin. */
export function may(
  permission: Permission,
  access: Access,
  headers: Headers,
  plugin: string,
  connection: unknown,
): boolean {
  try {
    access.check(permission, headers, plugin, connection);
    return true;
  } catch (error) {
    if (error instanceof HotcellError) return false;
    throw error;
  }
}
