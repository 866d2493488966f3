/** Damaged components, uploaded: each is answered with a typed error or deployed, quickly, and nothing else suffers. */
import { importing, resourceful, trapping, values } from "../../../test/guests/engine-components.ts";
import { sample } from "../../../test/guests/small-plugins.ts";
import { exampleWasm } from "../../../test/support/examples.ts";
import { mutateBinary } from "../damage/mutate-binary.ts";
import { PipelineClient } from "../support/pipeline.ts";
import { generator } from "../support/random.ts";
import { startServer } from "../support/server.ts";
import { Tally, type TallyReport } from "../support/tally.ts";

export interface MutationReport extends TallyReport {
  readonly uploads: number;
  /** What a valid upload and a call were answered afterwards. */
  readonly afterwards: string;
}

export async function soakMutations(uploads: number, seed = 1): Promise<MutationReport> {
  await using server = await startServer();
  const seeds = [
    exampleWasm("greet"),
    exampleWasm("counter"),
    sample(),
    ...[values, importing, trapping, resourceful].map(({ bytes }) => bytes),
  ];
  const random = generator(seed);
  const client = new PipelineClient(server.url, { authorization: server.authorization });
  const tally = new Tally();
  let number = 0;
  for (let part = 0; part < 2; part++) {
    await tally.part(uploads / 2, async () => {
      for (; number < ((part + 1) * uploads) / 2; number++) {
        const valid = seeds[number % seeds.length]!;
        const body = mutateBinary(valid, seeds, random);
        const path = `/plugins/mutated-${number % seeds.length}?allow-breaking`;
        try {
          const request = { method: "PUT", path, type: "application/wasm", body };
          const [answer] = await tally.timed(() => client.ask([request]));
          tally.add(answer!, `mutation ${number} of seed ${seed}`);
        } catch (error) {
          tally.fail(`mutation ${number} of seed ${seed}: ${error}`);
          client.close();
        }
      }
    });
  }
  client.close();
  for (const fault of server.faults) tally.fail(String(fault));
  const deployed = await server.upload("greet", exampleWasm("greet"));
  const call = await fetch(`${server.url}/call/greet/greet?name=Ada`);
  const afterwards = `${deployed.status} ${call.status} ${await call.text()}`;
  return { uploads, ...tally.report(), afterwards };
}
