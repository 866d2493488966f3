/** NATS servers for tests, each with a folder of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePorts } from "../../support/processes.ts";
import type { Machine } from "./network-namespaces.ts";

export interface NatsServer extends AsyncDisposable {
  readonly port: number;
  readonly folder: string;
  /** Kills it, and resolves when it is dead. */
  kill(): Promise<void>;
  /** Gives it another configuration while it runs. */
  reload(config: string): Promise<void>;
  /** Lets it stand still, and go on: it answers nothing meanwhile, and its connections stay. */
  pause(): void;
  resume(): void;
  /** Starts it again on its port and its files; resolves when it takes connections. */
  start(): Promise<void>;
}

/** Starts a server with JetStream; `config` is what its configuration has besides. */
export async function natsServer(
  config = "",
  { port, jetstream = true, machine }: { port?: number; jetstream?: boolean; machine?: Machine } = {},
): Promise<NatsServer> {
  const folder = await mkdtemp(join(tmpdir(), "hotcell-nats-"));
  const [own] = port === undefined ? await freePorts(1) : [port];
  const file = join(folder, "server.conf");
  const lines = [`listen: "${machine?.address ?? "127.0.0.1"}:${own}"`];
  if (jetstream) lines.push(`jetstream { store_dir: ${JSON.stringify(join(folder, "js"))} }`);
  const write = (own: string) => writeFile(file, [...lines, own].join("\n"));
  await write(config);
  let server: ChildProcess | undefined;
  const kill = async () => {
    if (!server || server.exitCode !== null || server.signalCode !== null) return;
    server.kill("SIGKILL");
    await once(server, "exit");
  };
  const start = async () => {
    const [program, ...args] = [...(machine?.enter ?? []), "nats-server", "-c", file];
    const begun = spawn(program!, args, { stdio: ["ignore", "ignore", "pipe"] });
    server = begun;
    let log = "";
    await new Promise<void>((ready, fail) => {
      // Read for as long as it runs: a server whose log nobody takes stands still once the pipe is full.
      begun.stderr.on("data", (chunk: Buffer) => {
        log = (log + chunk).slice(-10_000);
        if (log.includes("Server is ready")) ready();
      });
      begun.once("error", fail);
      begun.once("close", () => fail(new Error(`nats-server ended: ${log}`)));
    });
  };
  await start();
  return {
    ...{ port: own!, folder, kill, start },
    async reload(changed) {
      await write(changed);
      server?.kill("SIGHUP");
    },
    pause: () => server?.kill("SIGSTOP"),
    resume: () => server?.kill("SIGCONT"),
    async [Symbol.asyncDispose]() {
      await kill();
      await rm(folder, { recursive: true });
    },
  };
}

/** Three servers that are one: streams with three replicas outlast the death of any of them. */
export async function natsCluster(): Promise<NatsServer[]> {
  const ports = await freePorts(6);
  const routes = ports.slice(3).map((port) => `"nats://127.0.0.1:${port}"`);
  const starting = [0, 1, 2].map((i) => {
    const cluster = `{ name: c, listen: "127.0.0.1:${ports[3 + i]}", routes: [${routes}] }`;
    return natsServer(`server_name: n${i}\ncluster ${cluster}`, { port: ports[i]! });
  });
  return Promise.all(starting);
}

/** The same on as many machines. */
export async function natsOnMachines(machines: readonly Machine[]): Promise<NatsServer[]> {
  const routes = machines.map(({ address }) => `"nats://${address}:6222"`);
  const starting = machines.map((machine, i) => {
    const cluster = `{ name: c, listen: "${machine.address}:6222", routes: [${routes}] }`;
    return natsServer(`server_name: n${i}\ncluster ${cluster}`, { port: 4222, machine });
  });
  return Promise.all(starting);
}
