/** NATS server that says how many messages it got from clients and sent to them. */
import { freePorts } from "../../support/processes.ts";
import { type NatsServer, natsServer } from "./nats-server.ts";

interface Traffic {
  readonly got: number;
  readonly sent: number;
}

export interface MeteredServer extends NatsServer {
  /** Traffic while something is done. */
  during(work: () => Promise<unknown>): Promise<Traffic>;
}

export async function meteredServer(): Promise<MeteredServer> {
  const [monitor] = await freePorts(1);
  const server = await natsServer(`http: "127.0.0.1:${monitor}"`);
  const now = async () => {
    const answer = await fetch(`http://127.0.0.1:${monitor}/varz`);
    const { in_msgs: got, out_msgs: sent } = (await answer.json()) as { in_msgs: number; out_msgs: number };
    return { got, sent };
  };
  return {
    ...server,
    async during(work) {
      const before = await now();
      await work();
      const after = await now();
      return { got: after.got - before.got, sent: after.sent - before.sent };
    },
  };
}
