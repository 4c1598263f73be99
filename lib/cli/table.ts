/** Tables for people: aligned columns, numbers to the right, a dim heading on a terminal. Pipes get the same text plain. */
import { styleText } from 'node:util'
import type { Terminal } from './terminal.ts'

/** Colour only for a person's terminal, and never against NO_COLOR (https://no-color.org). */
const coloured = (terminal: Terminal, stream: { readonly isTTY?: boolean } = terminal.stdout): boolean =>
  stream.isTTY === true && !terminal.env.NO_COLOR && terminal.env.TERM !== 'dumb'

const dim = (terminal: Terminal, text: string): string =>
  coloured(terminal) ? styleText('dim', text, { validateStream: false }) : text

/** Control characters of stored names and values would act on the terminal instead of showing. */
const printable = (text: string): string => text.replace(/\p{Cc}/gu, (control) => JSON.stringify(control).slice(1, -1))

export type Cell = string | number | null

/** Rows under headings. `null` is shown as `-`. */
export function table(terminal: Terminal, headings: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const texts = rows.map((row) => row.map((cell) => (cell === null ? '-' : printable(String(cell)))))
  const widths = headings.map((heading, column) =>
    texts.reduce((widest, row) => Math.max(widest, row[column]?.length ?? 0), heading.length),
  )
  const numeric = headings.map((_, column) => rows.length > 0 && rows.every((row) => typeof row[column] !== 'string'))
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => (numeric[column] ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)))
      .join('  ')
      .trimEnd()
  return `${[dim(terminal, line(headings)), ...texts.map(line)].join('\n')}\n`
}
