/**
 * Sizes only go down. A file that outgrows its limit is split by idea; functions over 70 lines are the linter's affair
 * (`noExcessiveLinesPerFunction` in biome.json).
 */
import { expect, test } from 'vitest'
import { sourceFiles } from './source-files.ts'

const fileLinesMax = 400
const lambdaLinesMax = 40

const lines = (text: string) => text.split('\n').length - (text.endsWith('\n') ? 1 : 0)
const longerThan = (most: number, ...folders: string[]) =>
  sourceFiles(...folders)
    .filter(({ text }) => lines(text) > most)
    .map(({ path, text }) => `${path}: ${lines(text)} lines`)

/** A list, which is read by its sections: every limit is to be found in one place. */
const list = 'lib/base/limits.ts: '

test('no file is longer than 400 lines, but for the list of limits', () => {
  const long = longerThan(fileLinesMax, 'cdk', 'lib', 'functions', 'test', '.ci')
  expect(long.filter((file) => !file.startsWith(list))).toEqual([])
})

test('no Lambda function is longer than 40 lines: it reads its environment and calls the library', () => {
  expect(longerThan(lambdaLinesMax, 'functions')).toEqual([])
})

test('sizes are measured at all', () => {
  expect(longerThan(5, 'lib').length).toBeGreaterThan(30)
})
