import { expect, test } from 'vitest'
import { table } from '../../lib/cli/table.ts'
import type { Terminal } from '../../lib/cli/terminal.ts'

const terminal = (isTTY: boolean, env = {}) => ({ stdout: { isTTY }, env }) as Terminal

test('columns are aligned, numbers to the right, what is absent is a dash', () => {
  expect(
    table(
      terminal(false),
      ['TOPIC', 'LAG'],
      [
        ['a', 5],
        ['orders', 12_345],
        ['b', null],
      ],
    ),
  ).toBe('TOPIC     LAG\na           5\norders  12345\nb           -\n')
})

test('control characters show themselves instead of acting on the terminal', () => {
  expect(table(terminal(false), ['A'], [['x\u001b[31my\n']])).toBe('A\nx\\u001b[31my\\n\n')
})

test('colour is for a terminal only, and never against NO_COLOR', () => {
  expect(table(terminal(true), ['A'], [['x']])).toContain('\u001b[2m')
  expect(table(terminal(true, { NO_COLOR: '1' }), ['A'], [['x']])).toBe('A\nx\n')
  expect(table(terminal(true, { TERM: 'dumb' }), ['A'], [['x']])).toBe('A\nx\n')
})
