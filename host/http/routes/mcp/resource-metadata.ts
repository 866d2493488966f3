/** Metadata of `/mcp` as a protected resource (RFC 9728): what a client needs to send, and where refusals say that this is told. */

import { json } from "../../answer/respond.ts";

export const toolsPath = "/mcp";
export const metadataPath = `/.well-known/oauth-protected-resource${toolsPath}`;

/** Document for whoever asks by this request. There is no authorization server: tokens are the host's own. */
export function metadata(request: Request, publicUrl?: string): Response {
  return json({
    resource: publicUrl === undefined ? beside(request, metadataPath, toolsPath) : publicUrl + toolsPath,
    bearer_methods_supported: ["header"],
    scopes_supported: ["call"],
    resource_name: "Hotcell",
  });
}

/** Value of `WWW-Authenticate` that says besides where the metadata is, and which scope is needed. */
export function challengeWithMetadata(challenge: string, request: Request, publicUrl?: string): string {
  const scope = challenge.includes("scope=") ? "" : ', scope="call"';
  const at = publicUrl === undefined ? beside(request, toolsPath, metadataPath) : publicUrl + metadataPath;
  return `${challenge}${scope}, resource_metadata="${at}"`;
}

/**
 * URL of one path of the API for who has asked for another, wherever in an app that is. Behind a proxy with TLS it is https: who sends
 * that field itself is told of nothing but its own request.
 */
function beside({ url, headers }: Request, path: string, wanted: string): string {
  const { protocol, host, pathname } = new URL(url);
  const scheme = headers.get("x-forwarded-proto") === "https" ? "https:" : protocol;
  return `${scheme}//${host}${pathname.slice(0, -path.length)}${wanted}`;
}
