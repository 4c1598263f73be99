/** What a server's standard error says. */
import { expect, test } from 'vitest'
import { processLog } from '../../lib/local/process-log.ts'

test('a line is JSON with a level, a time and a message; what is below the level is not said', () => {
  const lines: string[] = []
  const log = processLog('warn', (line) => lines.push(line))
  log.info({ peer: '127.0.0.1:1' }, 'not said')
  log.warn({ peer: '127.0.0.1:2' }, 'said')
  log.error({ err: new Error('broken') }, 'said as well')
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
    { level: 'warn', time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/), peer: '127.0.0.1:2', msg: 'said' },
    expect.objectContaining({
      level: 'error',
      err: expect.objectContaining({ message: 'broken' }),
      msg: 'said as well',
    }),
  ])
  expect(lines.every((line) => line.endsWith('}\n'))).toBe(true)
})
