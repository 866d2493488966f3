import { type Capability, wasi02 } from "../capability.ts";
import { allRefused, allValues } from "../kit/common-prices.ts";
import { refusing } from "../kit/refusing.ts";
import { type IoError, streamWaits } from "../kit/streams.ts";
import { blobstore } from "./blobstore.ts";
import { blobstoreWit } from "./blobstore-wit.ts";
import { Descriptor } from "./descriptor.ts";
import { DirectoryEntryStream } from "./directory-entries.ts";
import { FileIoError } from "./file-streams.ts";
import { blobstorePrices, filesPrices } from "./files-prices.ts";
import { type FilesSettings, filesSchema, filesWithin, sentAt } from "./files-settings.ts";
import { filesystemWit } from "./filesystem-wit.ts";
import { GuestFiles } from "./guest-files.ts";

/**
 * `wasi:filesystem` and `wasi:blobstore`: files of the plugin's own, which its host keeps; no path of the machine is ever opened for it.
 * Files that came with the version it reads below `/`, granted or not. Where there are neither, there is no folder that is
 * open from the start, and without one none can be opened.
 */
export const files: Capability<FilesSettings> = {
  name: "files",
  grant: {
    allows: "keeping files of its own, within a quota",
    settings: filesSchema,
    amounts: ["quota.bytes", "quota.files"],
    within: filesWithin,
  },
  offers: [
    ...wasi02(["wasi:filesystem/types", "wasi:filesystem/preopens"], { free: true }),
    ...["types", "container", "blobstore"].map((name) => ({
      name: `wasi:blobstore/${name}`,
      supports: (version: string | undefined) => version === "0.2.0-draft",
      versions: "0.2.0-draft",
      free: false,
    })),
  ],
  backends: ["files"],
  givesSent: true,
  wit: { "wasi:filesystem": filesystemWit, "wasi:blobstore": blobstoreWit },
  prices: {
    "wasi:filesystem/types": allRefused,
    "wasi:filesystem/preopens": allValues,
    ...blobstorePrices,
  },
  bind(settings, { typesOf, sent }) {
    if (!settings && !sent) {
      const interfaces = {
        "wasi:filesystem/types": {
          ...refusing("wasi:filesystem/types", typesOf, "not-permitted"),
          filesystemErrorCode: () => undefined,
        },
        "wasi:filesystem/preopens": { getDirectories: () => [] },
      };
      return { supply: () => ({ interfaces }) };
    }
    const mounts = settings?.mounts ?? [];
    const count = mounts.length + (sent ? 1 : 0);
    return {
      waits: streamWaits,
      prices: filesPrices(count),
      supply(cell) {
        const files = new GuestFiles(cell, "files");
        const came = sent ? new GuestFiles(cell, "sent") : undefined;
        const mounted = () => [
          ...(came ? [[Descriptor.ofMount(came, 0, true), sentAt] as const] : []),
          ...mounts.map(({ at, readonly }, i) => [Descriptor.ofMount(files, i, readonly), at] as const),
        ];
        const end = () => {
          files.end();
          came?.end();
        };
        return {
          interfaces: {
            "wasi:filesystem/types": {
              Descriptor,
              DirectoryEntryStream,
              filesystemErrorCode: (error: IoError) =>
                error instanceof FileIoError ? error.fileCode : undefined,
            },
            "wasi:filesystem/preopens": { getDirectories: mounted },
            ...blobstore(files),
          },
          reset: end,
          release: end,
        };
      },
    };
  },
};
