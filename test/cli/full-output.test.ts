/** Output that goes to a full disk: a sentence, not a stack trace. */
import { spawnSync } from 'node:child_process'
import { closeSync, existsSync, openSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, test } from 'vitest'

const bin = resolve(import.meta.dirname, '../../lib/cli/bin.mjs')

test.skipIf(!existsSync('/dev/full'))('standard output that cannot be written to is said in words', () => {
  const full = openSync('/dev/full', 'w')
  try {
    const { status, stderr } = spawnSync(process.execPath, [bin, 'context', 'list'], {
      stdio: ['ignore', full, 'pipe'],
      encoding: 'utf8',
    })
    expect({ status, stderr }).toEqual({
      status: 1,
      stderr: 'Standard output cannot be written to (ENOSPC).\nIs its disk full?\n',
    })
  } finally {
    closeSync(full)
  }
})
