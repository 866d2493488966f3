/** Plugins of a host, as verbs ask for them. */

import { HotcellError } from "../../errors.ts";
import type { PastDeployment, PluginDetails } from "../../registry/told-plugins.ts";
import type { VersionOrigin } from "../../registry/version-origin.ts";
import { ask, type RemoteHost } from "./remote-host.ts";

/** Details as the API answers with them. */
export interface ToldDetails extends PluginDetails {
  readonly servedAt?: readonly string[];
  readonly origin?: VersionOrigin;
}

/** Part of a plugin's history, newest first. */
export interface DeploymentsPage {
  readonly deployments: readonly PastDeployment[];
}

export const pluginPath = (name: string) => `/plugins/${encodeURIComponent(name)}`;

export async function detailsOf(host: RemoteHost, name: string): Promise<ToldDetails> {
  return (await ask(host, "GET", pluginPath(name))) as ToldDetails;
}

/** The same; undefined where there is no such plugin. */
export async function detailsIfThere(host: RemoteHost, name: string): Promise<ToldDetails | undefined> {
  try {
    return await detailsOf(host, name);
  } catch (error) {
    if (error instanceof HotcellError && error.code === "plugin-not-found") return undefined;
    throw error;
  }
}

/** Part of its history that a query asks for. */
export async function deploymentsOf(
  host: RemoteHost,
  name: string,
  query: Readonly<Record<string, string>>,
): Promise<DeploymentsPage> {
  return (await ask(
    host,
    "GET",
    `${pluginPath(name)}/deployments?${new URLSearchParams(query)}`,
  )) as DeploymentsPage;
}
