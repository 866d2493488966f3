/** Functions of `wasi:blobstore` over a plugin's files. */
import type { Data } from "../../backends/data.ts";
import { type Owe, suspending } from "../../engine/engine.ts";
import { hostCosts } from "../../fuel-prices.ts";
import { LongWork } from "../../platform/breath.ts";
import type { Supplied } from "../capability.ts";
import { cellClass } from "../kit/cell-class.ts";
import { Container, checked, existing, StreamObjectNames } from "./containers.ts";
import type { GuestFiles } from "./guest-files.ts";
import { asking, IncomingValue, type ObjectPlace, OutgoingValue } from "./object-values.ts";

export function blobstore(files: GuestFiles): Supplied["interfaces"] {
  const ask = (operation: string, place: Partial<ObjectPlace>, ...args: readonly Data[]) =>
    asking(files.session.ask(operation, ...args), place);
  const get = async (name: string) => {
    const created = await ask("container", { container: name }, checked(name));
    return new Container(files, name, created as bigint);
  };
  const copy = async (from: ObjectPlace, to: ObjectPlace, owe: Owe = () => true): Promise<void> => {
    const [source, size] = (await ask(
      "openObject",
      from,
      checked(from.container),
      checked(from.object),
    )) as number[];
    const { session } = files;
    const work = new LongWork();
    try {
      await ask("container", { container: to.container }, checked(to.container));
      const [target] = (await ask("newObject", to)) as number[];
      try {
        for (let at = 0; at < size!; await work.pause()) {
          const copied = (await ask("copyPart", to, source!, target!, BigInt(at))) as number;
          // As if the guest had read and written them.
          if (!owe(2 * copied * hostCosts.fileByte)) return;
          at += copied;
        }
        await ask("putObject", to, target!, to.container, checked(to.object));
      } finally {
        session.close(target!);
      }
    } finally {
      session.close(source!);
    }
  };
  return {
    "wasi:blobstore/types": {
      OutgoingValue: cellClass(OutgoingValue, () => new OutgoingValue(files), {
        newOutgoingValue: () => new OutgoingValue(files),
        finish: suspending((value: OutgoingValue) => value.finish()),
      }),
      IncomingValue,
    },
    "wasi:blobstore/container": { Container, StreamObjectNames },
    "wasi:blobstore/blobstore": {
      createContainer: suspending(async (name: string) => {
        await ask("createContainer", { container: name }, checked(name));
        return get(name);
      }),
      getContainer: suspending(get),
      deleteContainer: suspending(async (name: string) => {
        const work = new LongWork();
        while ((await ask("clearContainer", { container: name }, checked(name))) !== true) await work.pause();
        await ask("removeContainer", { container: name }, name);
      }),
      containerExists: suspending(
        async (name: string) => (await existing(ask("container", {}, checked(name)))) !== undefined,
      ),
      copyObject: suspending(copy),
      moveObject: suspending(async (from: ObjectPlace, to: ObjectPlace) => {
        const names = [from.container, from.object, to.container, to.object].map(checked);
        await ask("moveObject", from, ...names);
      }),
    },
  };
}
