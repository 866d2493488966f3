/** A host whose data folder is on a disk of a few MiB, which fills up. Reports what came of each step, as JSON. */
import { appendFileSync, statfsSync, unlinkSync } from "node:fs";
import { join } from "node:path";
import { createHost, type Host } from "../../host/host.ts";
import { exampleWasm } from "../support/examples.ts";

const [disk = "", size = ""] = process.argv.slice(2);
const data = join(disk, "data");
const filler = join(disk, "filler");
const report: Record<string, unknown> = {};

/** The counter with a custom section of so many bytes, so that it has a digest and a size of its own. */
function large(bytes: number, seed: number): Uint8Array {
  const length = bytes + 2;
  const leb = [
    (length & 0x7f) | 0x80,
    ((length >> 7) & 0x7f) | 0x80,
    ((length >> 14) & 0x7f) | 0x80,
    length >> 21,
  ];
  const section = Buffer.alloc(bytes, seed);
  return Buffer.concat([exampleWasm("counter"), Buffer.from([0, ...leb, 1, 0x78]), section]);
}

/** Nothing at all is left, as where something else fills the disk. */
function fill(): void {
  for (let chunk = 65536; chunk >= 1; ) {
    try {
      appendFileSync(filler, Buffer.alloc(chunk, 1));
    } catch {
      chunk = Math.floor(chunk / 2);
    }
  }
}

const outcome = (work: Promise<unknown>) =>
  work.then(
    () => "done",
    (error: { code?: string; facts?: { remedy?: string } }) => error.code ?? String(error),
  );
const call = async (host: Host, name: string) => (await host.registry.callable(name, "increment")).call([1]);

{
  await using host = await createHost({ data, log: () => {} });
  await host.registry.deploy("small", exampleWasm("counter"));
  const { id } = await host.tokens.create({ scopes: ["read"] }, "admin");
  let last = "done";
  let uploaded = 0;
  for (; last === "done" && uploaded < 100; uploaded++) {
    last = await outcome(host.registry.deploy(`large-${uploaded}`, large(Number(size) / 8, uploaded)));
  }
  report.full = last;
  report.uploaded = uploaded > 2;
  fill();
  report.left = statfsSync(disk).bavail;
  report.upload = await outcome(host.registry.deploy("one-more", large(100_000, 200)));
  report.call = String(await call(host, "small"));
  report.list = host.registry.list().length === uploaded;
  report.history = await outcome(host.registry.deployments("small"));
  report.binary = await outcome(host.registry.wasm("large-0", host.registry.details("large-0").version));
  report.revoke = await outcome(host.tokens.revoke(id, "admin"));
  report.remove = await outcome(host.registry.remove("large-0"));
  report.removeAnother = await outcome(host.registry.remove("large-1"));
  report.uploadAfterwards = await outcome(host.registry.deploy("one-more", large(100_000, 200)));
}
fill();
report.leftAgain = statfsSync(disk).bavail;
{
  await using host = await createHost({ data, log: () => {} });
  report.callAgain = String(await call(host, "small"));
  report.removeAgain = await outcome(host.registry.remove("large-2"));
}
unlinkSync(filler);
await using host = await createHost({ data, log: () => {} });
report.restarted = (await Promise.all(host.registry.list().map(({ name }) => call(host, name)))).length;
report.damaged = host.registry.damaged;
report.names = host.registry.list().some(({ name }) => name === "large-0" || name === "large-1");
report.withRoom = await outcome(host.registry.deploy("another", large(100_000, 201)));
console.log(JSON.stringify(report));
