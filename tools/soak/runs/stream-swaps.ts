/** Bodies that stream both ways while uploads alternate two versions: each ends whole on the version that it began on. */
import { handlerGuest } from "../../../test/drive/handler-guest.ts";
import { removeTemporaryFolders } from "../../../test/support/plugin-build.ts";
import { startServer } from "../support/server.ts";

export interface StreamSwapReport {
  readonly uploads: number;
  readonly requests: number;
  /** Streams under way while a version was replaced, by placement and mode. */
  readonly spanning: Readonly<Record<string, number>>;
  readonly wrong: readonly string[];
}

const grounds = [
  ["inline", "fresh"],
  ["inline", "shared"],
  ["process", "fresh"],
  ["process", "shared"],
] as const;
const piece = Buffer.alloc(20_000, "piece");
const pieces = 10;

/** `uploads` for each placement and mode. */
export async function soakStreamSwaps(uploads: number): Promise<StreamSwapReport> {
  await using server = await startServer();
  const one = await handlerGuest();
  await removeTemporaryFolders();
  // A custom section more: the same in all but its digest.
  const versions = [one, Buffer.concat([one, Buffer.from([0, 2, 1, 120])])] as const;
  const wrong: string[] = [];
  const spanning: Record<string, number> = {};
  let requests = 0;
  for (const [placement, mode] of grounds) {
    const name = `${placement}-${mode}`;
    const url = `${server.url}/http/${name}`;
    const settings = { placement, mode, grants: { clocks: true } };
    await server.host.registry.deploy(name, versions[0], { settings });
    const revision = () => server.host.registry.details(name).revision;
    let running = true;
    spanning[name] = 0;

    const ask = async (what: string, run: () => Promise<number | string>, expected: number | string) => {
      const began = revision();
      try {
        const got = await run();
        if (got !== expected) wrong.push(`${name} ${what}: ${got}`);
      } catch (error) {
        wrong.push(`${name} ${what}: ${error}`);
      }
      requests++;
      if (revision() !== began) spanning[name]!++;
    };
    const down = async () => {
      const answer = await fetch(`${url}/bytes?2000000`);
      return answer.status === 200 ? sizeOf(answer) : `${answer.status} ${await answer.text()}`;
    };
    const through = async () => {
      let left = pieces;
      const body = new ReadableStream({
        async pull(controller) {
          await new Promise(setImmediate);
          if (left-- > 0) controller.enqueue(new Uint8Array(piece));
          else controller.close();
        },
      });
      const answer = await fetch(`${url}/echo`, { method: "POST", body, duplex: "half" } as RequestInit);
      return answer.status === 200 ? sizeOf(answer) : `${answer.status} ${await answer.text()}`;
    };
    const hello = async () => (await fetch(`${url}/hello`)).text();
    const load = Promise.all(
      Array.from({ length: 4 }, async () => {
        while (running) {
          await ask("down", down, 2_000_000);
          await ask("through", through, piece.length * pieces);
          await ask("hello", hello, "Hello.");
        }
      }),
    );
    for (let i = 1; i <= uploads; i++) {
      const before = requests;
      // Where the machine has too much to do to launch a process, the version before goes on.
      const refused = async (tries: number): Promise<string | undefined> => {
        const answer = await server.upload(name, versions[i % 2]!);
        const text = await answer.text();
        if (answer.status === 200) return undefined;
        return tries > 1 && answer.status === 504 ? refused(tries - 1) : `${answer.status} ${text}`;
      };
      const why = await refused(5);
      if (why !== undefined) wrong.push(`upload ${i} of ${name}: ${why}`);
      // Every version answers some before the next replaces it.
      while (requests < before + 2) await ask("hello", hello, "Hello.");
    }
    running = false;
    await load;
    const { inFlight } = server.host.registry.details(name).counters;
    if (inFlight > 1) wrong.push(`${name}: ${inFlight} are in flight`);
  }
  for (const fault of server.faults) wrong.push(String(fault));
  return { uploads: uploads * grounds.length, requests, spanning, wrong: wrong.slice(0, 100) };
}

/** Bytes of a body, taken no faster than one piece a turn. */
async function sizeOf({ body }: Response): Promise<number> {
  let size = 0;
  for await (const bytes of body!) {
    size += bytes.byteLength;
    await new Promise(setImmediate);
  }
  return size;
}
