/** Files of the API, saved by the browser: a link alone could not send the token. */
import { send } from "./api-client.ts";

/** Throws as `send` does. */
export async function download(path: readonly string[], fileName: string, query = {}): Promise<void> {
  const answer = await send(path, { query });
  saveFile(await answer.blob(), fileName);
}

export function saveFile(content: Blob, fileName: string): void {
  const url = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = url;
  link.download = fileName;
  link.click();
  // The browser has taken it over when the next turn comes.
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}
