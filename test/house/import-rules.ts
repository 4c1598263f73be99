/**
 * The order of the rooms, as data. A file imports from its own room and from those below it, never from above or from
 * beside it; the stores' adapters are for roots and tests. What the rule forbids is what would let a change in one room be
 * felt in another that has no business with it.
 */
import { posix } from 'node:path'
import type { SourceFile } from './source-files.ts'
import { withoutComments } from './source-files.ts'

/** From the top down; rooms on one line do not know each other. */
const floors: readonly (readonly string[])[] = [
  ['functions', 'cli'],
  ['local'],
  ['http', 'gateway'],
  ['broker'],
  ['janitor'],
  ['transactions'],
  ['groups', 'registry', 'log'],
  ['cluster'],
  ['records'],
  ['store', 'wire'],
  ['base'],
]

/**
 * Rooms that stand beside the house and reach the cluster through its HTTP API only (frames of Kafka's go over it, too), or
 * not at all, as `cost`.
 */
const guests: Readonly<Record<string, readonly string[]>> = {
  client: ['records', 'wire', 'base'],
  console: ['client', 'base'],
  cost: ['base'],
  // It names functions by their paths, and bundles them as they are.
  cdk: [],
}

const roots = ['functions', 'cli', 'local']
const guestsOf: Readonly<Record<string, readonly string[]>> = { cli: ['client', 'cost'] }

/** `lib/log/head.ts` -> `log`, `functions/produce.ts` -> `functions`, `cdk/app.ts` -> `cdk`. */
export function roomOf(path: string): string | undefined {
  const [top, room] = path.split('/')
  if (top === 'functions' || top === 'cdk') return top
  return top === 'lib' ? room : undefined
}

const isKnown = (room: string) => room in guests || floors.some((floor) => floor.includes(room))
const floorOf = (room: string) => floors.findIndex((floor) => floor.includes(room))

function mayImport(from: string, to: string): boolean {
  if (from === to) return true
  if (from in guests) return guests[from]?.includes(to) ?? false
  if (to in guests) return guestsOf[from]?.includes(to) ?? false
  return floorOf(from) < floorOf(to)
}

/** What a file imports, statically, dynamically or by type. */
export const importsOf = (file: SourceFile): string[] =>
  [...withoutComments(file.text).matchAll(/(?:\bfrom|\bimport)\s*\(?\s*['"]([^'"]+)['"]/g)].map(
    (match) => match[1] ?? '',
  )

/** One sentence for each import that breaks the rules. */
export function violations(files: readonly SourceFile[]): string[] {
  return files.flatMap((file) => {
    const room = roomOf(file.path)
    if (room === undefined) return []
    if (!isKnown(room)) return [`${file.path} is in a room that the house does not know: ${room}`]
    return importsOf(file).flatMap((specifier) => violation(file.path, room, specifier) ?? [])
  })
}

function violation(path: string, room: string, specifier: string): string | undefined {
  if (specifier.startsWith('@aws-sdk/') || specifier.startsWith('@smithy/')) {
    const signs = path === 'lib/client/aws-signature.ts'
    const allowed = room === 'functions' || path.startsWith('lib/store/adapters/') || signs
    return allowed ? undefined : `${path} imports ${specifier}: the AWS SDK is for adapters and functions`
  }
  if (!specifier.startsWith('.')) return undefined
  const target = posix.join(posix.dirname(path), specifier)
  const targetRoom = roomOf(target)
  if (targetRoom === undefined)
    return path.endsWith('bin.mjs') ? undefined : `${path} imports ${target}, outside the house`
  if (!mayImport(room, targetRoom)) return `${path} imports ${target}: ${room} may not know ${targetRoom}`
  const adapter = target.startsWith('lib/store/adapters/')
  if (adapter && !roots.includes(room) && !path.startsWith('lib/store/adapters/')) {
    return `${path} imports ${target}: adapters are for roots and tests`
  }
  return undefined
}
