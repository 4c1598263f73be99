/** Rows as an aligned table for people. Numbers stand right, words left. */
export type Row = Readonly<Record<string, string | number>>

export function renderTable(title: string, rows: readonly Row[]): string {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))]
  const cell = (row: Row, column: string) => String(row[column] ?? '')
  const widths = columns.map((column) => Math.max(column.length, ...rows.map((row) => cell(row, column).length)))
  const line = (cells: readonly string[], row?: Row) =>
    cells
      .map((text, index) =>
        typeof row?.[columns[index] ?? ''] === 'string'
          ? text.padEnd(widths[index] ?? 0)
          : text.padStart(widths[index] ?? 0),
      )
      .join('  ')
      .trimEnd()
  return [
    `\n${title}`,
    line(columns, rows[0]),
    line(
      widths.map((width) => '-'.repeat(width)),
      rows[0],
    ),
    ...rows.map((row) =>
      line(
        columns.map((column) => cell(row, column)),
        row,
      ),
    ),
  ].join('\n')
}

export const rounded = (value: number, digits = 2) => Number(value.toFixed(digits))
