/** Watching of processes that a test has started, or has had started. */
import { once } from "node:events";
import { createServer } from "node:net";

/** Those of the machine, whatever a test has put in their place. */
const { setImmediate, setTimeout } = globalThis;
/** Milliseconds: what has not come by then never does, on however busy a machine, and a test says what it waited for. */
const never = 100_000;

/**
 * Resolves once that holds. It is looked at in every turn of the event loop at first, then every millisecond, so that who is
 * waited for has the processor.
 */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const began = performance.now();
  for (let turn = 0; !(await condition()); turn++) {
    if (performance.now() - began > never) throw new Error(`This never came true: ${condition}`);
    await new Promise<void>((resolve) => void (turn < 50 ? setImmediate(resolve) : setTimeout(resolve, 1)));
  }
}

export function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Ports that nobody listens on. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, "127.0.0.1"));
  await Promise.all(servers.map((server) => once(server, "listening")));
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  for (const server of servers) server.close();
  await Promise.all(servers.map((server) => once(server, "close")));
  return ports;
}
