import { type Driver, UnexpectedData } from "../backend.ts";
import type { Data } from "../data.ts";
import { isRefused } from "./file-request.ts";
import type { FileService } from "./file-service.ts";
import type { FileMount } from "./file-session.ts";
import type { FileQuota } from "./volume.ts";

/** Settings of the grant `files`. */
interface FileSettings {
  readonly quota: FileQuota;
  readonly mounts: readonly FileMount[];
}

/** Answer, counted as an operation and perhaps a refusal. */
function counted(answer: Data, count: (figure: string) => void): Data {
  count("operations");
  if (isRefused(answer)) count("refused");
  return answer;
}

/**
 * Driver of plugins' files. A cell opens an exchange (`files`), by which each request is answered before the next; what it
 * had open is closed when that ends, however it ends.
 */
export function filesDriver(service: FileService): Driver {
  return {
    bind: ({ plugin, settings, count }) => ({
      async open(operation, _data, exchange) {
        if (operation !== "files" || !settings)
          throw new UnexpectedData("it opened what its files don't have");
        const files = service.open({ plugin, ...(settings as FileSettings) });
        try {
          for (let part = await exchange.receive(); part !== undefined; part = await exchange.receive())
            await exchange.send(counted(await files.perform(part), count));
        } finally {
          files.end();
        }
      },
    }),
    close: () => service.close(),
  };
}
