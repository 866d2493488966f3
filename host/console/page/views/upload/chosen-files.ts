/** Files for an upload: which of them is the component, and what the others are to it. */

export interface ChosenFiles {
  readonly wasm?: File;
  /** Checks, by the name of their file. */
  readonly checks?: File;
  /** Files that come with the version: tars of them, or single ones. */
  readonly files: readonly File[];
}

/** Files that were chosen, and then these: they take the place of others of their kind. */
export function withChosen(chosen: ChosenFiles, added: readonly File[]): ChosenFiles {
  let all = chosen;
  for (const file of added) {
    const { name } = file;
    if (/\.wasm$/i.test(name)) all = { ...all, wasm: file };
    else if (/^(?:calls|requests|checks)\.json$/i.test(name)) all = { ...all, checks: file };
    else all = { ...all, files: [...all.files.filter((each) => each.name !== name), file] };
  }
  // Whoever chose one file meant that, whatever its name.
  if (!all.wasm && added.length === 1 && all.files.length === 1 && !/\.(?:tar|json)$/i.test(added[0]!.name))
    return { ...all, wasm: added[0]!, files: [] };
  return all;
}

/** Name for a plugin of a file with that name. */
export function proposedName(file: string): string {
  return file
    .replace(/\.wasm$/i, "")
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1-$2")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-+|-+$/g, "")
    .slice(0, 63);
}

export function isPluginName(name: string): boolean {
  return /^[a-z0-9][a-z0-9-]{0,62}$/.test(name);
}

/** Body of the request, and the header that says what it is. `settings`: as text, which is JSON. */
export function uploadBody(
  { wasm, checks, files }: ChosenFiles,
  settings: string,
): {
  readonly body: Blob | FormData;
  readonly headers: Readonly<Record<string, string>>;
} {
  if (!checks && files.length === 0 && settings.trim() === "")
    return { body: wasm!, headers: { "content-type": "application/wasm" } };
  const form = new FormData();
  form.append("plugin", wasm!, "plugin.wasm");
  if (settings.trim() !== "") form.append("settings", settings);
  if (checks) form.append("checks", checks, checks.name);
  for (const file of files) form.append("files", file, file.webkitRelativePath || file.name);
  return { body: form, headers: {} };
}
