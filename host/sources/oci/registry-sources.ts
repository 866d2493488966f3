/** Registries as a host has them: what it pulls from them, with which logins, and who follows their tags. */
import { bodyBounds } from "../../bounds/http-bounds.ts";
import type { SourceTable } from "../../registry/source-table.ts";
import { OciClient } from "./oci-client.ts";
import { credentialsOf, noCredentials } from "./registry-credentials.ts";
import type { RegistryRules } from "./registry-rules.ts";
import { SourceWatch, type SourceWatchOptions } from "./source-watch.ts";

export interface RegistrySourcesOptions extends Omit<SourceWatchOptions, "client"> {
  readonly rules: RegistryRules;
  /** File with logins. */
  readonly auth: string | undefined;
  /** Bytes that a component may have. */
  readonly maxBytes: number | undefined;
  /** Sources that plugins follow. */
  readonly sources: SourceTable;
}

export class RegistrySources implements AsyncDisposable {
  readonly client: OciClient;
  readonly watch: SourceWatch;

  private constructor(client: OciClient, watch: SourceWatch) {
    this.client = client;
    this.watch = watch;
  }

  /** Throws `bad-settings` for a file of logins that can't be used: it is told now, and not to who pulls one day. */
  static async open(options: RegistrySourcesOptions): Promise<RegistrySources> {
    const { rules, auth, maxBytes = bodyBounds.upload.value, sources, ...means } = options;
    const credentials =
      auth === undefined
        ? noCredentials
        : credentialsOf({ file: auth, named: "HOTCELL_REGISTRY_AUTH, registryAuth" });
    await credentials.for("");
    const client = new OciClient({ rules, maxBytes, credentials });
    const watch = new SourceWatch({ ...means, client });
    sources.followedBy(watch);
    return new RegistrySources(client, watch);
  }

  async close(): Promise<void> {
    this.watch.close();
    await this.client.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
