/** Files that came with a version, as its cells read them: pieces are loaded when they are first read. */
import type { SentFiles } from "../../tree/sent-files.ts";
import type { Data } from "../data.ts";
import { LocalFiles, type ServedFiles } from "./file-service.ts";
import type { PieceCache } from "./piece-cache.ts";
import { SentNodes, Unloaded } from "./sent-nodes.ts";

const access = { quota: { bytes: 0, files: 0 }, mounts: [{ at: "/", readonly: true }] };

export class SentService {
  readonly #plugin: string;
  readonly #sent: SentFiles;
  readonly #cache: PieceCache;
  readonly #files: LocalFiles;
  /** Pieces under way, to all that read them at the same time. */
  readonly #loading = new Map<string, Promise<Uint8Array>>();
  /** Pieces of the request that is being performed: the cache may have lost them meanwhile. */
  #loaded: ReadonlyMap<string, Uint8Array> = new Map();

  constructor(plugin: string, sent: SentFiles, cache: PieceCache) {
    this.#plugin = plugin;
    this.#sent = sent;
    this.#cache = cache;
    const piece = (digest: string) => this.#loaded.get(digest) ?? cache.get(digest);
    this.#files = new LocalFiles(new SentNodes(sent.tree, piece));
  }

  /** Files as one cell reads them. */
  open(): ServedFiles {
    const session = this.#files.session({ plugin: this.#plugin, ...access });
    return {
      perform: async (request): Promise<Data> => {
        const loaded = new Map<string, Uint8Array>();
        for (;;)
          try {
            this.#loaded = loaded;
            return session.perform(request);
          } catch (error) {
            // Nothing that reads changes anything: it is asked again.
            if (!(error instanceof Unloaded)) throw error;
            loaded.set(error.digest, await this.#load(error.digest));
          }
      },
      end: () => session.end(),
    };
  }

  #load(digest: string): Promise<Uint8Array> {
    const known = this.#loading.get(digest);
    if (known) return known;
    const loading = this.#sent
      .piece(digest)
      .then((bytes) => {
        this.#cache.keep(digest, bytes);
        return bytes;
      })
      .finally(() => this.#loading.delete(digest));
    this.#loading.set(digest, loading);
    return loading;
  }
}
