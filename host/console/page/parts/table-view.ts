import { type Content, html } from "../markup.ts";

export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => Content;
  /** Figures: to the right. */
  readonly figures?: boolean;
  /** Left out where the screen is narrow. */
  readonly wideOnly?: boolean;
}

interface TableViewProps<Row> {
  /** Name of the list, for screen readers. */
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string | number;
}

/** Table with headings; where it is wider than its place it scrolls by itself. */
export function TableView<Row>({ label, columns, rows, keyOf }: TableViewProps<Row>) {
  const kind = ({ figures, wideOnly }: Column<Row>) =>
    `${figures ? "figures" : ""} ${wideOnly ? "wide-only" : ""}`;
  return html`<div class="table-scroll" tabindex="0" role="region" aria-label=${label}>
    <table class="table">
      <thead><tr>${columns.map((column) => html`<th scope="col" class=${kind(column)}>${column.title}</th>`)}</tr></thead>
      <tbody>
        ${rows.map(
          (row) =>
            html`<tr key=${keyOf(row)}>${columns.map((column) => html`<td class=${kind(column)}>${column.cell(row)}</td>`)}</tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}
