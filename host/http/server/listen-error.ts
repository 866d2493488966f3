import { HotcellError } from "../../errors.ts";

/** Names of the settings that say where a server listens. */
export interface AddressSettings {
  readonly host: string;
  readonly port: string;
}

const ownSettings: AddressSettings = { host: "HOTCELL_HOST or --host", port: "HOTCELL_PORT or --port" };

/** Error for an address that can't be listened on. */
export function listenError(
  error: NodeJS.ErrnoException,
  host: string,
  port: number,
  { host: byHost, port: byPort }: AddressSettings = ownSettings,
): HotcellError {
  const subject = `${host}:${port}`;
  const reasons: Record<string, [string, string]> = {
    EADDRINUSE: [
      "is in use already",
      `Stop what uses it, or choose another port: ${byPort} (0 takes any free one).`,
    ],
    EACCES: ["may not be used by this user", `Choose a port from 1024 up: ${byPort}.`],
    EADDRNOTAVAIL: ["is not an address of this machine", `Choose another one: ${byHost}.`],
    ENOTFOUND: ["can't be resolved", `Give an address of this machine: ${byHost}.`],
  };
  const [what, remedy] = reasons[error.code ?? ""] ?? [`can't be listened on (${error.message})`, ""];
  return new HotcellError("bad-settings", `${subject} ${what}.`, { subject, remedy, cause: error });
}
