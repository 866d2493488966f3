/** Doors of a host: its listeners, and what of the API is behind each. */
import { HotcellError } from "../../errors.ts";
import { apiRoutes } from "../routes/api-routes.ts";
import { type Route, writtenPath } from "../routes/route.ts";

/**
 * `all`: the API and what plugins serve, behind one listener. `public`: where the API has another one, calls, what plugins serve, and
 * health. `api`: that other one, where nothing is found that a plugin serves.
 */
export type HostDoor = "all" | "public" | "api";

/** Routes of the API behind a door. */
export function routesBehind(door: HostDoor): readonly Route[] {
  return apiRoutes.filter((route) => isBehind(door, route));
}

function isBehind(door: HostDoor, { path, permission }: Route): boolean {
  // Pages, and what tells of the API, are the API's: where that has a listener of its own, plugins may have the path.
  if (door === "public")
    return (
      permission === "call" ||
      permission === "ask" ||
      (permission === "health" && !/^\/(?:console|docs|rights|\.well-known)/.test(path))
    );
  return door === "all" || !path.startsWith("/http/");
}

/** Paths behind a door, in the order of the table, each once. */
export function pathsBehind(door: HostDoor): string {
  return [...new Set(routesBehind(door).map(writtenPath))].join(", ");
}

/** Error for a path of the API that is behind the other door. Where that is, strangers are not told. */
export function behindOtherDoor(door: HostDoor, path: string): HotcellError {
  const detail =
    door === "public"
      ? `The API is not at this address, and so ${path} is not: the host has another listener for it.`
      : `What plugins serve is not at this address, and so ${path} is not: this is the listener of the API.`;
  const remedy =
    door === "public"
      ? "Send it to the address that the host prints for its API when it starts; whoever runs the host set it by HOTCELL_ADMIN."
      : "Send it to the host's other address, HOTCELL_HOST and HOTCELL_PORT.";
  return new HotcellError("route-not-found", detail, { subject: path, remedy });
}
