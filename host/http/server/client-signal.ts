import type { ServerResponse } from "node:http";

/** Signal that is aborted when the client leaves before all of its response is sent. To be made once for a response. */
export function clientSignal(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  const leave = () => {
    if (!response.writableFinished) controller.abort(new Error("The client closed the connection."));
  };
  if (response.closed || response.destroyed) leave();
  else response.once("close", leave);
  return controller.signal;
}
