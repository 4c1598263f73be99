/** Mutants are text that must still stand in the sources: one that no longer does proves nothing. */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { allMutants as all } from './all-mutants.ts'
import { clusterMutants } from './cluster-mutants.ts'
import { logMutants } from './log-mutants.ts'
import { edit, planted } from './mutant.ts'
import { tightened } from './tree.ts'

const root = resolve(import.meta.dirname, '../../..')

test.each(all)('$name can be planted', ({ edits: flaw, world = [] }) => {
  const edits = [...flaw, ...world]
  for (const file of new Set(edits.map((each) => each.file))) {
    const text = readFileSync(resolve(root, file), 'utf8')
    const own = edits.filter((each) => each.file === file)
    expect(planted(text, own)).not.toBe(text)
  }
})

test('there are a dozen of the log, and four of groups and leadership, each under its own name', () => {
  expect(new Set(all.map(({ name }) => name)).size).toBe(all.length)
  expect(logMutants.length).toBeGreaterThanOrEqual(12)
  expect(clusterMutants.length).toBeGreaterThanOrEqual(4)
})

test('the limits that are made small for the hunt are there', () => {
  const limits = readFileSync(resolve(root, 'lib/base/limits.ts'), 'utf8')
  expect(tightened(limits)).not.toBe(limits)
  expect(() => tightened('')).toThrow('no limit')
})

test('what stands there twice, or not at all, is not planted', () => {
  expect(planted('a b', [edit('x', 'b', '$&')])).toBe('a $&')
  expect(() => planted('a a', [edit('x', 'a')])).toThrow('2 times')
  expect(() => planted('b', [edit('x', 'a')])).toThrow('0 times')
})
