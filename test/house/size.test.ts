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

test('no file is longer than 400 lines', () => {
  expect(longerThan(fileLinesMax, 'lib', 'functions', 'test', '.ci')).toEqual([])
})

test('no Lambda function is longer than 40 lines: it reads its environment and calls the library', () => {
  expect(longerThan(lambdaLinesMax, 'functions')).toEqual([])
})

test('sizes are measured at all', () => {
  expect(longerThan(5, 'lib').length).toBeGreaterThan(30)
})
