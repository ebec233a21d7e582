import { plain } from './api-client.js';

/** A column: its head, and what stands in it for one thing. Null is shown as a dash. */
export interface Column<Row> {
  readonly head: string;
  readonly of: (row: Row) => string | number | boolean | null;
  /** Whether it is of the wide table alone. */
  readonly isWide?: boolean;
}

/** Rows as columns of plain text, as kubectl has them; each row is one line. */
export function tableOf<Row>(rows: readonly Row[], columns: readonly Column<Row>[], isWide = false): string[] {
  const shown = columns.filter((column) => isWide || column.isWide !== true);
  const cells = [shown.map(({ head }) => head), ...rows.map((row) => shown.map(({ of }) => cellOf(of(row))))];
  const widths = shown.map((_, column) => Math.max(...cells.map((line) => line[column]?.length ?? 0)));
  return cells.map((line) =>
    line
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('   ')
      .trimEnd(),
  );
}

function cellOf(value: string | number | boolean | null): string {
  if (value === null || value === '') return '-';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return plain(String(value)).replaceAll('\n', ' ');
}

/** How long ago a moment was, in the largest unit of which it is at least two. `now` is in milliseconds since 1970. */
export function ago(moment: string | null, now: number): string | null {
  if (moment === null) return null;
  const seconds = Math.max(0, Math.round((now - Date.parse(moment)) / 1000));
  if (seconds < 120) return `${seconds}s`;
  if (seconds < 7_200) return `${Math.floor(seconds / 60)}m`;
  return seconds < 172_800 ? `${Math.floor(seconds / 3_600)}h` : `${Math.floor(seconds / 86_400)}d`;
}

/** Bytes in the unit in which ISOs are counted. */
export function sizeText(bytes: number | null): string | null {
  return bytes === null ? null : bytes < 1e6 ? `${bytes} B` : `${Math.round(bytes / 1e6)} MB`;
}
