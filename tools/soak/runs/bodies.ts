/** Damaged arguments for functions of every type shape: each is answered with a value or a typed error, and quickly. */
import fc from "fast-check";
import { Encoders } from "../../../host/wit/json/json-encode.ts";
import { buildComponent, removeTemporaryFolders } from "../../../test/support/plugin-build.ts";
import { typeCases } from "../../../test/toolchain/glue/author-types.ts";
import { echoesFiles, functionsOf, guestInterface } from "../../../test/toolchain/glue/shapes.ts";
import { mutateJson } from "../damage/mutate-json.ts";
import { PipelineClient, type Sent } from "../support/pipeline.ts";
import { generator } from "../support/random.ts";
import { startServer } from "../support/server.ts";
import { Tally, type TallyReport } from "../support/tally.ts";

export interface BodyReport extends TallyReport {
  readonly calls: number;
  readonly shapes: number;
  /** What a valid call was answered afterwards. */
  readonly afterwards: string;
}

const connections = 4;
/** Requests on a connection before its answers are read. */
const pipelined = 16;

export async function soakBodies(calls: number, seed = 1): Promise<BodyReport> {
  await using server = await startServer();
  const component = await buildComponent({
    files: echoesFiles,
    options: ["-O3", "--runtime", "incremental"],
  });
  await removeTemporaryFolders();
  const deployed = await server.upload("echoes", component);
  if (deployed.status !== 201) throw new Error(await deployed.text());

  const random = generator(seed);
  const encoders = new Encoders();
  const shapes = await Promise.all(
    typeCases.map(async (shape) => {
      const path = `${guestInterface}/${functionsOf(shape).echo}`;
      const type = (await server.host.registry.callable("echoes", path)).type.parameters[0]!.type;
      const samples = fc
        .sample(shape.values, { numRuns: 20, seed })
        .map((value) => JSON.stringify(encoders.encode(type, value)));
      return { path: `/call/echoes/${encodeURI(path)}`, samples };
    }),
  );
  const request = (): Sent => {
    const { path, samples } = shapes[random(shapes.length)]!;
    const value = samples[random(samples.length)]!;
    const body = mutateJson(random(2) ? `[${value}]` : `{"v":${value}}`, random);
    return { method: "POST", path, type: "application/json", body };
  };

  const tally = new Tally();
  const clients = Array.from({ length: connections }, () => new PipelineClient(server.url));
  const exchange = async (client: PipelineClient, count: number) => {
    for (let left = count; left > 0; left -= pipelined) {
      const requests = Array.from({ length: Math.min(left, pipelined) }, request);
      const origin = (i: number) =>
        `${requests[i]!.path} ${Buffer.from(requests[i]!.body).toString().slice(0, 300)}`;
      try {
        const answers = await tally.timed(() => client.ask(requests));
        answers.forEach((answer, i) => {
          tally.add(answer, origin(i));
        });
      } catch (error) {
        tally.fail(`${error}, one of: ${requests.map((_, i) => origin(i)).join("\n")}`);
        client.close();
      }
    }
  };
  const part = calls / 2;
  for (let i = 0; i < 2; i++) {
    await tally.part(part, async () => {
      await Promise.all(clients.map((client) => exchange(client, part / connections)));
    });
  }
  for (const client of clients) client.close();
  for (const fault of server.faults) tally.fail(String(fault));
  const [{ path, samples }] = shapes as [(typeof shapes)[number]];
  const { status, text } = await server.ask("POST", path, [JSON.parse(samples[0]!)]);
  const right = samples[0] === text;
  return { calls, shapes: shapes.length, ...tally.report(), afterwards: `${status} ${right}` };
}
