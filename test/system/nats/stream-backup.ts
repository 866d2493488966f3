/** Backups of streams by NATS's API, as `nats stream backup` and `nats stream restore` make them. */
import type { NatsConnection } from "@nats-io/transport-node";

export interface StreamBackup {
  readonly name: string;
  readonly config: unknown;
  readonly state: unknown;
  readonly chunks: readonly Uint8Array[];
}

export async function backUp(nc: NatsConnection, name: string): Promise<StreamBackup> {
  const deliver_subject = `backup.${crypto.randomUUID()}`;
  const messages = nc.subscribe(deliver_subject);
  const asked = JSON.stringify({ deliver_subject, no_consumers: true, chunk_size: 65_536 });
  const { config, state, error } = (await nc.request(`$JS.API.STREAM.SNAPSHOT.${name}`, asked)).json<{
    config: unknown;
    state: unknown;
    error?: { description: string };
  }>();
  if (error) throw new Error(error.description);
  const chunks: Uint8Array[] = [];
  for await (const message of messages) {
    if (message.data.length === 0) break;
    chunks.push(message.data);
    message.respond();
  }
  return { name, config, state, chunks };
}

export async function restore(
  nc: NatsConnection,
  { name, config, state, chunks }: StreamBackup,
): Promise<void> {
  const asked = JSON.stringify({ config, state });
  const { deliver_subject } = (await nc.request(`$JS.API.STREAM.RESTORE.${name}`, asked)).json<{
    deliver_subject: string;
  }>();
  for (const chunk of chunks) await nc.request(deliver_subject, chunk, { timeout: 5000 });
  await nc.request(deliver_subject, undefined, { timeout: 5000 });
}
