import { Mistake, Options, Reason, Sheet, Summary } from "authors:csv/table@1.0.0";
import { Option, Result } from "wit-types";

/** Reads one text, a character after the other. */
class Reader {
  at: i32 = 0;
  line: u32 = 1;
  lineStart: i32 = 0;
  mistake: Mistake | null = null;

  constructor(readonly text: string, readonly separator: i32) {}

  get ended(): bool {
    return this.at >= this.text.length;
  }

  fail(reason: Reason): string {
    this.mistake = new Mistake(this.line, this.at - this.lineStart + 1, reason);
    return "";
  }

  /** One cell; afterwards the reader stands on a separator, at a line's end or at the end. */
  cell(): string {
    return !this.ended && this.text.charCodeAt(this.at) == 0x22 ? this.quoted() : this.plain();
  }

  quoted(): string {
    let value = "";
    for (this.at++; !this.ended; this.at++) {
      const c = this.text.charCodeAt(this.at);
      if (c == 0x22) {
        if (this.text.charCodeAt(this.at + 1) != 0x22 || this.at + 1 >= this.text.length) {
          this.at++;
          return this.ended || this.atEdge() ? value : this.fail(Reason.TextAfterQuote);
        }
        this.at++;
      } else if (c == 0x0a) {
        this.line++;
        this.lineStart = this.at + 1;
      }
      value += this.text.charAt(this.at);
    }
    return this.fail(Reason.OpenQuote);
  }

  plain(): string {
    const start = this.at;
    while (!this.ended && !this.atEdge()) this.at++;
    return this.text.substring(start, this.at);
  }

  atEdge(): bool {
    const c = this.text.charCodeAt(this.at);
    return c == this.separator || c == 0x0a || (c == 0x0d && this.text.charCodeAt(this.at + 1) == 0x0a);
  }

  row(): string[] {
    const cells = [this.cell()];
    while (this.mistake == null && !this.ended && this.text.charCodeAt(this.at) == this.separator) {
      this.at++;
      cells.push(this.cell());
    }
    if (!this.ended && this.text.charCodeAt(this.at) == 0x0d) this.at++;
    this.at++;
    this.line++;
    this.lineStart = this.at;
    return cells;
  }
}

export function parse(text: string, options: Options): Result<Sheet, Mistake> {
  const reader = new Reader(text, options.separator);
  const rows = new Array<Array<string>>();
  let columns = new Array<string>();
  while (!reader.ended) {
    const line = reader.line;
    const row = reader.row();
    if (reader.mistake != null) return Result.err<Sheet, Mistake>(reader.mistake!);
    const width = columns.length > 0 ? columns.length : rows.length > 0 ? rows[0].length : row.length;
    if (row.length != width) return Result.err<Sheet, Mistake>(new Mistake(line, 1, Reason.UnevenRow));
    if (options.header && columns.length == 0) columns = row;
    else rows.push(row);
  }
  return Result.ok<Sheet, Mistake>(new Sheet(columns, rows));
}

export function summarise(text: string, column: string): Result<Summary, string> {
  const parsed = parse(text, new Options(0x2c, true));
  if (parsed.isErr) return Result.err<Summary, string>("line " + parsed.unwrapErr().line.toString() + " is no CSV");
  const sheet = parsed.unwrap();
  const index = sheet.columns.indexOf(column);
  if (index < 0) return Result.err<Summary, string>("no column " + column + " among " + sheet.columns.join(", "));
  const numbers = new Array<f64>();
  for (let i = 0; i < sheet.rows.length; i++) numbers.push(parseFloat(sheet.rows[i][index]));
  const found = numbers.filter((n) => !isNaN(n)).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  const sum = found.reduce<f64>((all, n) => all + n, 0);
  if (found.length == 0) return Result.ok<Summary, string>(new Summary(0, 0, Option.none<f64>(), Option.none<f64>()));
  const least = Option.some<f64>(found[0]);
  const most = Option.some<f64>(found[found.length - 1]);
  return Result.ok<Summary, string>(new Summary(found.length, sum, least, most));
}

export function cell(text: string, row: u32, column: u32): string {
  const sheet = parse(text, new Options(0x2c, false)).unwrap();
  return sheet.rows[row][column]; // trap
}

export function format(sheet: Sheet): string {
  let text = line(sheet.columns);
  for (let i = 0; i < sheet.rows.length; i++) text += line(sheet.rows[i]);
  return text;
}

function line(cells: string[]): string {
  return cells.map<string>((cell) => quote(cell)).join(",") + "\n";
}

function quote(cell: string): string {
  const plain = !cell.includes('"') && !cell.includes(",") && !cell.includes("\n");
  return plain ? cell : '"' + cell.replaceAll('"', '""') + '"';
}
