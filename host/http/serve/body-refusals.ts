/** Errors of bodies of plugins that serve HTTP, in both directions. */

import { HotcellError, orRaise } from "../../errors.ts";
import { badResponse } from "./message-fields.ts";

export function requestTooLarge(plugin: string, limit: number, declared?: number): HotcellError {
  return new HotcellError(
    "body-too-large",
    `The body is larger than the ${limit} bytes that ${plugin} takes.`,
    {
      subject: plugin,
      setting: "limits.requestBytes",
      limit,
      ...(declared !== undefined && { actual: declared }),
      ...orRaise("Send less", ["requestBytes"], "the plugin's settings"),
    },
  );
}

export function responseTooLarge(plugin: string, limit: number): HotcellError {
  return new HotcellError("result-too-large", `${plugin} answered with more than ${limit} bytes.`, {
    subject: plugin,
    setting: "limits.responseBytes",
    limit,
    ...orRaise("Answer with less", ["responseBytes"], "the plugin's settings"),
  });
}

export function brokeOff(cause?: unknown): HotcellError {
  return new HotcellError("bad-request", "The body ended before it was complete.", {
    remedy: "Send as much as Content-Length says, or the last chunk.",
    cause,
  });
}

/** Error for a body that is not as long as its `Content-Length`. */
export function otherLength(plugin: string, declared: number, written: number): HotcellError {
  const more = written > declared;
  return badResponse(plugin, `Its body has ${more ? "more" : "fewer"} bytes than its Content-Length.`, {
    limit: declared,
    actual: written,
    remedy: "Have the plugin declare what it writes, or leave Content-Length out.",
  });
}
