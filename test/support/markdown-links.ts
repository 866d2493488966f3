/** Links of Markdown pages in a folder, held against the files and headings that are there. */

import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";

/** Pages below a folder, by their paths in it; packages installed inside are none of its. */
export function markdownPages(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".md") && !path.split(/[\\/]/).includes("node_modules"))
    .sort();
}

/** `page: link` for each link of the pages that leads to nothing in the folder. Links to other sites are not followed. */
export function brokenLinks(folder: string, pages: readonly string[] = markdownPages(folder)): string[] {
  return pages.flatMap((page) => {
    const links = linksOf(readFileSync(join(folder, page), "utf8"));
    return links.filter((link) => !leadsSomewhere(folder, page, link)).map((link) => `${page}: ${link}`);
  });
}

/** Targets of inline links, of images, of reference definitions and of HTML. */
export function linksOf(markdown: string): string[] {
  const text = withoutCode(markdown);
  const targets = [
    ...text.matchAll(/\]\(\s*<?([^\s)>]+)>?(?:\s+"[^"]*")?\s*\)/g),
    ...text.matchAll(/^ {0,3}\[[^\]]+\]:\s*<?([^\s>]+)/gm),
    ...text.matchAll(/\b(?:href|src)="([^"]+)"/g),
  ];
  return targets.map(([, target = ""]) => target);
}

/** Names that a page's headings can be linked by: GitHub's, with a number where one comes twice. */
export function anchorsOf(markdown: string): Set<string> {
  const anchors = new Set<string>();
  const fences = markdown.replace(/^ {0,3}(`{3,}|~{3,})[\s\S]*?^ {0,3}\1/gm, "");
  for (const [, heading = ""] of fences.matchAll(/^#{1,6}\s+(.*?)\s*#*$/gm)) {
    const slug = heading
      .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\p{M}_ -]/gu, "")
      .replaceAll(" ", "-");
    let unique = slug;
    for (let i = 1; anchors.has(unique); i++) unique = `${slug}-${i}`;
    anchors.add(unique);
  }
  return anchors;
}

function leadsSomewhere(folder: string, page: string, link: string): boolean {
  if (/^(https?|mailto):/.test(link)) return URL.canParse(link);
  const [path = "", anchor] = link.split("#");
  const target = path === "" ? join(folder, page) : resolve(folder, dirname(page), decodeURIComponent(path));
  if (relative(folder, target).startsWith("..") || !existsSync(target)) return false;
  if (anchor === undefined) return true;
  return statSync(target).isFile() && anchorsOf(readFileSync(target, "utf8")).has(anchor);
}

/** Code is shown and not linked. */
function withoutCode(markdown: string): string {
  return markdown
    .replace(/^ {0,3}(`{3,}|~{3,})[\s\S]*?^ {0,3}\1/gm, "")
    .replace(/(`+)(?:(?!\1)[\s\S])+?\1/g, "");
}
