import { Heading } from "wit-world";
import { escaped, inline } from "./inline";

const deepest = 10;

export function render(text: string): string {
  return blocks(text.replaceAll("\r\n", "\n").split("\n"), 0);
}

export function outline(text: string): Array<Heading> {
  const lines = text.split("\n");
  const found = new Array<Heading>();
  let fenced = false;
  for (let i = 0; i < lines.length; i++) {
    if (lines[i].startsWith("```")) fenced = !fenced;
    const level = headingLevel(lines[i]);
    if (!fenced && level > 0) found.push(new Heading(<u8>level, lines[i].substring(level).trim(), i + 1));
  }
  return found;
}

function blocks(lines: string[], depth: i32): string {
  if (depth > deepest) throw new Error("quotes nested more than " + deepest.toString() + " deep"); // trap
  let html = "";
  let i = 0;
  while (i < lines.length) {
    const line = lines[i];
    const level = headingLevel(line);
    if (line.trim() == "") {
      i++;
    } else if (level > 0) {
      const tag = "h" + level.toString();
      html += element(tag, inline(line.substring(level).trim())) + "\n";
      i++;
    } else if (line.startsWith("```")) {
      const body = new Array<string>();
      const language = line.substring(3).trim();
      for (i++; i < lines.length && !lines[i].startsWith("```"); i++) body.push(lines[i]);
      i++;
      const attribute = language == "" ? "" : ' class="language-' + escaped(language) + '"';
      html += "<pre><code" + attribute + ">" + escaped(body.join("\n")) + "\n</code></pre>\n";
    } else if (line.startsWith(">")) {
      const body = new Array<string>();
      for (; i < lines.length && lines[i].startsWith(">"); i++) {
        body.push(lines[i].startsWith("> ") ? lines[i].substring(2) : lines[i].substring(1));
      }
      html += "<blockquote>\n" + blocks(body, depth + 1) + "</blockquote>\n";
    } else if (isItem(line)) {
      html += "<ul>\n";
      for (; i < lines.length && isItem(lines[i]); i++) html += element("li", inline(lines[i].substring(2))) + "\n";
      html += "</ul>\n";
    } else {
      const body = new Array<string>();
      for (; i < lines.length && isText(lines[i]); i++) body.push(lines[i].trim());
      html += element("p", inline(body.join("\n"))) + "\n";
    }
  }
  return html;
}

function isText(line: string): bool {
  return line.trim() != "" && headingLevel(line) == 0 && !isItem(line) && !line.startsWith(">") && !line.startsWith("```");
}

function isItem(line: string): bool {
  return line.startsWith("- ") || line.startsWith("* ");
}

function headingLevel(line: string): i32 {
  let level = 0;
  while (level < line.length && line.charAt(level) == "#") level++;
  return level > 0 && level <= 6 && line.charAt(level) == " " ? level : 0;
}

function element(tag: string, html: string): string {
  return "<" + tag + ">" + html + "</" + tag + ">";
}
