/** What is committed is true on every machine: it names no registry's host, no folder of whoever wrote it, no secret. */
import { expect, test } from 'vitest'
import { committedFiles } from './source-files.ts'

/** Written in parts, or this file would be the first to break its rule. */
const hosts = [
  ['registry', 'npmjs', 'org'],
  ['registry', 'yarnpkg', 'com'],
  ['files', 'pythonhosted', 'org'],
  ['repo1', 'maven', 'org'],
  ['repo', 'maven', 'apache', 'org'],
  ['static', 'crates', 'io'],
  ['proxy', 'golang', 'org'],
].map((parts) => parts.join('.'))

const places = [/(?<![\w.])\/(work|root|home\/\w+|Users\/\w+)\/[\w.]/, /[A-Z]:\\Users\\/]

const faults = (files: readonly { readonly path: string; readonly text: string }[]): string[] =>
  files.flatMap(({ path, text }) => [
    ...hosts.filter((host) => text.includes(host)).map((host) => `${path} names ${host}`),
    ...places.flatMap((place) => place.exec(text)?.[0] ?? []).map((place) => `${path} names ${place}`),
    ...(/\bAKIA[0-9A-Z]{16}\b/.test(text) ? [`${path} holds an access key`] : []),
  ])

test('no committed file names a registry, a folder of one machine, or a key', (context) => {
  const files = committedFiles()
  if (files === undefined) return context.skip('this is not a git checkout')
  expect(files.length).toBeGreaterThan(80)
  expect(faults(files)).toEqual([])
})

test('the rule sees each of them', () => {
  expect(faults([{ path: 'a', text: `https://${hosts[0]}/x` }])).toHaveLength(1)
  expect(faults([{ path: 'a', text: `cat ${['', 'work', 'main', 'x'].join('/')}` }])).toHaveLength(1)
  expect(faults([{ path: 'a', text: `AKIA${'A'.repeat(16)}` }])).toHaveLength(1)
  expect(faults([{ path: 'a', text: 'the /workers/ folder' }])).toEqual([])
})
