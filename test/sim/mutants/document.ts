/** The table of mutants in docs/testing.md, between its two marks. */
import { readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Mutant } from './mutant.ts'

export interface Found {
  readonly mutant: Mutant
  /** Tried until it was found, or in vain. */
  readonly seeds: number
  readonly violation?: string
}

const path = resolve(import.meta.dirname, '../../../docs/testing.md')
const begin = '<!-- mutants: written by npm run sim:mutants -- --write -->'
const end = '<!-- end of mutants -->'

export function writeDocument(found: readonly Found[]): void {
  const text = readFileSync(path, 'utf8')
  const [before, after] = [text.indexOf(begin), text.indexOf(end)]
  if (before < 0 || after < before) throw new Error(`docs/testing.md has no place between ${begin} and ${end}`)
  const table = `${begin}\n${tableOf(found)}\n`
  writeFileSync(path, text.slice(0, before) + table + text.slice(after))
}

function tableOf(found: readonly Found[]): string {
  const rows = found.map(({ mutant, seeds, violation }) => {
    const worlds = mutant.size === undefined ? '' : ` ${mutant.size}`
    const needed = `${violation === undefined ? 'not found in ' : ''}${seeds}${worlds}`
    return `| ${mutant.of} | \`${mutant.name}\` | ${mutant.flaw} | ${needed} |`
  })
  const count = found.filter(({ violation }) => violation !== undefined).length
  return [
    '| of | planted | what it is | seeds needed |',
    '|---|---|---|---|',
    ...rows,
    '',
    `${count} of ${found.length} mutants found.`,
  ].join('\n')
}
