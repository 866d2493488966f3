/** Text within a line: code, strong, emphasis and links. */
export function inline(text: string): string {
  let html = "";
  let i = 0;
  while (i < text.length) {
    const rest = text.substring(i);
    const code = enclosed(rest, "`");
    const strong = enclosed(rest, "**");
    const emphasis = enclosed(rest, "*");
    if (code > 0) {
      html += "<code>" + escaped(rest.substring(1, code)) + "</code>";
      i += code + 1;
    } else if (strong > 0) {
      html += "<strong>" + inline(rest.substring(2, strong)) + "</strong>";
      i += strong + 2;
    } else if (emphasis > 0 && !rest.startsWith("**")) {
      html += "<em>" + inline(rest.substring(1, emphasis)) + "</em>";
      i += emphasis + 1;
    } else if (rest.startsWith("[")) {
      const middle = rest.indexOf("](");
      const end = middle < 0 ? -1 : rest.indexOf(")", middle);
      if (end < 0) {
        html += "[";
        i++;
      } else {
        html += '<a href="' + escaped(rest.substring(middle + 2, end)) + '">' + inline(rest.substring(1, middle)) + "</a>";
        i += end + 1;
      }
    } else {
      html += escaped(text.charAt(i));
      i++;
    }
  }
  return html;
}

/** Where the mark that a text begins with comes again, with something between; else 0. */
function enclosed(text: string, mark: string): i32 {
  if (!text.startsWith(mark)) return 0;
  const end = text.indexOf(mark, mark.length);
  return end > mark.length ? end : 0;
}

export function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
