import { howMany } from "../../text/how-many.ts";
import { type Driver, UnexpectedData } from "../backend.ts";
import type { Data } from "../data.ts";
import { cellEnded } from "../exchange.ts";
import { FileFailures } from "./file-failures.ts";
import { isRefused } from "./file-request.ts";
import type { FileService } from "./file-service.ts";
import type { FileMount } from "./file-session.ts";
import { MemoryFiles } from "./memory-files.ts";
import { PieceCache } from "./piece-cache.ts";
import { SentService } from "./sent-service.ts";
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

/** Deployment that a driver is bound to, until its plugin's data are removed. */
interface BoundFiles {
  readonly plugin: string;
  gone: boolean;
}

/**
 * Driver of plugins' files. A cell opens an exchange (`files` of its own, `sent` of those that came with its version), by which
 * each request is answered before the next; what it had open is closed when that ends, however it ends.
 */
export function filesDriver(service: FileService): Driver {
  const bound = new Set<BoundFiles>();
  const cache = new PieceCache();
  const failures = new FileFailures();
  return {
    bind({ plugin, settings, sent, count }) {
      const own = { plugin, gone: false };
      bound.add(own);
      const came = sent && new SentService(plugin, sent, cache);
      const opened = (operation: string) => {
        if (operation === "sent" && came) return came.open();
        if (operation === "files" && settings) return service.open({ plugin, ...(settings as FileSettings) });
        throw new UnexpectedData("it opened what its files don't have");
      };
      return {
        async open(operation, _data, exchange) {
          const files = opened(operation);
          try {
            for (let part = await exchange.receive(); part !== undefined; part = await exchange.receive()) {
              // Its plugin was removed: nothing of its own comes back.
              if (own.gone && operation === "files") throw cellEnded(plugin);
              await exchange.send(counted(await failures.answer(files.perform(part)), count));
            }
          } finally {
            files.end();
          }
        },
        release: () => void bound.delete(own),
      };
    },
    async kept(plugin) {
      const kept = await service.kept(plugin);
      return kept && `${howMany(kept.files, "file")} (${howMany(kept.bytes, "byte")})`;
    },
    async forget(plugin) {
      for (const own of bound) if (own.plugin === plugin) own.gone = true;
      await service.forget(plugin);
    },
    // Without files at first, as buckets are without values.
    forChecks: (_asked, heap) => filesDriver(new MemoryFiles(heap)),
    close: () => service.close(),
  };
}
