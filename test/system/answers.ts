/** Answers of the servers in this process, for requests that browsers make without telling the page. */
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { IncomingMessage, ServerResponse } from "node:http";

const channel = "http.server.response.finish";

/** Answer to the next request for a target, once it is sent: its status, and what the request said of itself. */
export function answerTo(target: string): Promise<{ status: number; headers: IncomingMessage["headers"] }> {
  return new Promise((resolve) => {
    const look = (message: unknown) => {
      const { request, response } = message as { request: IncomingMessage; response: ServerResponse };
      if (request.url !== target) return;
      unsubscribe(channel, look);
      resolve({ status: response.statusCode, headers: request.headers });
    };
    subscribe(channel, look);
  });
}
