/** The project's own files, as the tests of the house see them. */
import { execFileSync } from 'node:child_process'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'

const root = resolve(import.meta.dirname, '../..')

export interface SourceFile {
  /** From the root, with forward slashes: `lib/log/head.ts`. */
  readonly path: string
  readonly text: string
}

const read = (path: string): SourceFile => ({ path, text: readFileSync(resolve(root, path), 'utf8') })

/** Every TypeScript and JavaScript source under the given folders. */
export const sourceFiles = (...folders: string[]): SourceFile[] =>
  folders.flatMap((folder) =>
    globSync(`${folder}/**/*.{ts,mjs}`, { cwd: root })
      .map((path) => path.replaceAll('\\', '/'))
      .sort()
      .map(read),
  )

/** Every text file that git tracks; `undefined` where this is no git checkout. */
export function committedFiles(): SourceFile[] | undefined {
  if (!existsSync(resolve(root, '.git'))) return undefined
  return execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' })
    .split('\0')
    .filter((path) => path !== '' && existsSync(resolve(root, path)))
    .map(read)
    .filter(({ text }) => !text.includes('\0'))
}

/** The text without comments, and with the insides of no strings removed: good enough to look for names in. */
export const withoutComments = (text: string): string =>
  text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|[^:'"`])\/\/.*$/gm, '$1')
