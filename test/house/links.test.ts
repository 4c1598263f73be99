/** What the documents point at is there. */
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { expect, test } from 'vitest'

const root = resolve(import.meta.dirname, '../..')
const documents = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', ...globSync('docs/**/*.md', { cwd: root })]

/** Relative links, and names of files of ours in backticks. */
function missing(document: string, text: string): string[] {
  const links = [...text.matchAll(/\]\((?!https?:)([^)#]+)[^)]*\)/g)].map((match) =>
    join(dirname(document), match[1] ?? ''),
  )
  const files = [...text.matchAll(/`((?:lib|test|functions|docs|\.ci)\/[\w./-]+)`/g)].map((match) => match[1] ?? '')
  return [...links, ...files]
    .filter((path) => !existsSync(join(root, path)))
    .map((path) => `${document} points at ${path}`)
}

test.each(documents)('%s points at nothing that is not there', (document) => {
  expect(missing(document, readFileSync(join(root, document), 'utf8'))).toEqual([])
})

test('the rule sees a link and a name that lead nowhere', () => {
  expect(
    missing('docs/x.md', '[a](../README.md) [b](gone.md) `lib/gone.ts` `lib/log/log.ts` [c](https://example.com)'),
  ).toEqual(['docs/x.md points at docs/gone.md', 'docs/x.md points at lib/gone.ts'])
})
