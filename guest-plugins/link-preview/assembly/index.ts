import { Preview } from "example:link-preview/previews@1.0.0";
import { FetchRequest, FetchResponse, textOf } from "hotcell/assembly/fetch";
import { Result } from "wit-types";
import { Tags } from "./tags";
import { resolved } from "./urls";

/** Bytes of a page that are read: what a link shows stands in its head. */
const MAX_PAGE: i32 = 256 * 1024;

export function fetch(url: string): Result<Preview, string> {
  const response = new FetchRequest("GET", url).header("accept", "text/html").timeout(10000).send();
  const html = headOf(response);
  const error = response.error;
  response.drop();
  if (error) return Result.err<Preview, string>(error.message);
  if (!response.ok) return Result.err<Preview, string>("the status is " + response.status.toString());
  const type = response.header("content-type");
  if (type && !type.toLowerCase().startsWith("text/html")) return Result.err<Preview, string>("it is no page but " + type);
  return Result.ok<Preview, string>(extract(html, url));
}

export function extract(html: string, url: string): Preview {
  const tags = new Tags(html);
  const preview = new Preview(url);
  let title: string | null = null;
  let description: string | null = null;
  while (tags.next()) {
    if (tags.name == "body") break;
    if (tags.name == "title" && title === null) title = tags.textInside();
    else if (tags.name == "meta") {
      const content = tags.attribute("content");
      const property = tags.attribute("property");
      const name = property === null ? tags.attribute("name") : property;
      if (content === null || name === null || content.trim() == "") continue;
      const text = content.trim();
      if (name == "description") description = text;
      else if (name == "og:title") preview.title = text;
      else if (name == "og:description") preview.description = text;
      else if (name == "og:site_name") preview.site = text;
      else if (name == "og:url") preview.url = resolved(text, url);
      else if (name == "og:image" || (name == "twitter:image" && preview.image === null)) preview.image = resolved(text, url);
    }
  }
  if (preview.title === null) preview.title = title;
  if (preview.description === null) preview.description = description;
  return preview;
}

/** The page up to the end of its head, or as much as there may be. */
function headOf(response: FetchResponse): string {
  let text = "";
  let kept: Uint8Array = new Uint8Array(0);
  for (let piece = response.read(); piece; piece = response.read()) {
    kept = joined(kept, piece);
    text = textOf(kept);
    if (kept.length >= MAX_PAGE || text.includes("</head") || text.includes("<body")) break;
  }
  return text;
}

function joined(one: Uint8Array, other: Uint8Array): Uint8Array {
  const all = new Uint8Array(one.length + other.length);
  all.set(one);
  all.set(other, one.length);
  return all;
}
