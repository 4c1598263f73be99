/** Every example of the README and of the guides runs, in order, against a cluster of its own, and says what it is said to. */
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { startGregor } from '../local/gregor-process.ts'
import { examplesIn, matches } from './documented-examples.ts'

const root = resolve(import.meta.dirname, '../..')
const run = promisify(execFile)

/** What the documents write, and what the test has instead: its own cluster, and this clone's command and Node. */
const prelude = `set -eu -o pipefail
npx() {
  local command=$1; shift
  case $command in
    gregor) "$NODE" "$GREGOR_BIN" "$@" ;;
    node) "$NODE" "$@" ;;
    *) echo "an example may not fetch $command" >&2; return 1 ;;
  esac
}
`
const documentedUrl = 'http://127.0.0.1:8082'
const documentedKafka = '127.0.0.1:9092'

async function output(script: string, folder: string, url: string): Promise<string> {
  const env = {
    ...process.env,
    NODE: process.execPath,
    GREGOR_BIN: join(root, 'lib/cli/bin.mjs'),
    GREGOR_URL: url,
    HOME: folder,
  }
  const { stdout } = await run('bash', ['-c', prelude + script.replaceAll(documentedUrl, url)], { cwd: folder, env })
  return stdout.replaceAll(url, documentedUrl)
}

describe.each(['README.md', 'docs/cli.md', 'docs/http.md'])('%s', (document) => {
  const { scripts, files, notRun } = examplesIn(readFileSync(join(root, document), 'utf8'))

  test('does what it says, example by example', { timeout: 120_000 }, async () => {
    expect(scripts.length).toBeGreaterThan(4)
    const folder = mkdtempSync(join(tmpdir(), 'gregor-examples-'))
    const {
      process: cluster,
      url,
      kafka,
    } = await startGregor('--data', join(folder, 'data'), '--durability', 'process')
    try {
      symlinkSync(join(root, 'lib'), join(folder, 'lib'))
      symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
      for (const { name, text } of files) {
        writeFileSync(join(folder, name), text.replaceAll(documentedKafka, kafka))
      }
      for (const { line, script, expected } of scripts) {
        const actual = await output(script, folder, url)
        if (expected !== undefined && !matches(expected, actual)) {
          expect(actual, `${document}, the example at line ${line}`).toBe(expected)
        }
      }
    } finally {
      await cluster.kill('SIGKILL')
      rmSync(folder, { recursive: true })
    }
  })

  test('has a reason for each example that is not run', () => {
    expect(notRun.length).toBeLessThanOrEqual(4)
    for (const reason of notRun) expect(reason.length).toBeGreaterThan(10)
  })
})

describe('the reader of examples', () => {
  const markdown =
    'a\n\n```sh\necho a\n```\n```text\na\n```\n\n<!-- not run: it takes a day -->\n```sh\nsleep 86400\n```\n\n```ts\n// x.ts\n1\n```\n'

  test('sees scripts, what they say, files, and what is not run', () => {
    expect(examplesIn(markdown)).toEqual({
      scripts: [{ line: 3, script: 'echo a\n', expected: 'a\n' }],
      files: [{ name: 'x.ts', text: '// x.ts\n1\n' }],
      notRun: ['it takes a day'],
    })
  })

  test('takes "..." for anything on its line, and nothing else', () => {
    expect(matches('in ... s (...)\nb', 'in 3.1 s (5/s)\nb\n')).toBe(true)
    expect(matches('in ... s', 'in 3\n s')).toBe(false)
    expect(matches('a.c', 'abc')).toBe(false)
    expect(matches('a', 'a\nb')).toBe(false)
  })
})
