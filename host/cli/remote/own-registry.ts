/** Registries as the command line asks them by itself: whichever its user names, with the logins that they have. */
import { homedir } from "node:os";
import { join } from "node:path";
import { bodyBounds } from "../../bounds/http-bounds.ts";
import { OciClient, type PulledComponent } from "../../sources/oci/oci-client.ts";
import { parseReference } from "../../sources/oci/oci-reference.ts";
import { isPackageName, packageReference } from "../../sources/oci/package-name.ts";
import { credentialsOf } from "../../sources/oci/registry-credentials.ts";
import { anyRegistry } from "../../sources/oci/registry-rules.ts";
import { UsageError } from "../command-line.ts";
import type { Environment } from "./local-host.ts";

/** Client to be closed by whoever asked for it. */
export function ownRegistryClient(plain: boolean | undefined, environment: Environment): OciClient {
  const named = environment.HOTCELL_REGISTRY_AUTH || undefined;
  const file = named ?? join(environment.DOCKER_CONFIG || join(homedir(), ".docker"), "config.json");
  return new OciClient({
    rules: anyRegistry(plain === true),
    credentials: credentialsOf({ file, named: file, optional: named === undefined }),
    loginHint: `Log in with docker login, or put "auths" into ${file}; helpers of Docker's (credsStore) are not asked.`,
    maxBytes: bodyBounds.upload.value,
  });
}

/** Component that a reference, or a package's name with its registry, stands for. */
export async function pullByHand(
  text: string,
  { plain, registry }: { readonly plain: boolean | undefined; readonly registry?: string | undefined },
): Promise<PulledComponent> {
  const client = ownRegistryClient(plain, process.env);
  try {
    if (!isPackageName(text)) {
      if (registry !== undefined)
        throw new UsageError("--registry is for packages by their names, such as acme:greet@1.2.0.");
      return await client.pull(parseReference(text));
    }
    if (registry === undefined) throw new UsageError(`--registry is missing: which one has ${text}?`);
    return await client.pull(await packageReference(client.means, text, registry));
  } finally {
    await client.close();
  }
}
