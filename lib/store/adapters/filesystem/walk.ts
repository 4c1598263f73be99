/**
 * Walks the objects' folder in the bytewise order of the keys, and enters only what can hold a key that is asked for.
 * Names that begin alike follow each other in that order, and all that is in a folder begins with the folder's part of
 * the key; so sorting one folder at a time sorts everything.
 */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { isMissing } from './faults.ts'
import { type Entry, folderOf, readEntry, readFanOutEntry } from './paths.ts'

interface Found {
  readonly key: string
  readonly path: string
}

/** The keys that begin with `prefix` and sort after `startAfter`. What is deleted meanwhile may still be named. */
export async function* walk(root: string, prefix: string, startAfter: string): AsyncGenerator<Found> {
  const keyBase = prefix.slice(0, prefix.lastIndexOf('/') + 1)
  yield* walkFolder(join(root, folderOf(keyBase)), keyBase, { prefix, startAfter })
}

interface Wanted {
  readonly prefix: string
  readonly startAfter: string
}

async function* walkFolder(path: string, keyBase: string, wanted: Wanted): AsyncGenerator<Found> {
  const entries = await readFolder(path, readEntry)
  entries.sort(byKeyPart)
  for (let index = 0; index < entries.length; ) {
    const entry = entries[index++]
    if (entry === undefined || !mayHold(entry, keyBase + entry.keyPart, wanted)) continue
    if (entry.kind !== 'fan-out') {
      yield* walkEntry(entry, path, keyBase, wanted)
      continue
    }
    const mixed = await readFolder(join(path, entry.name), (name) => readFanOutEntry(entry, name))
    for (; entries[index]?.keyPart.startsWith(entry.keyPart); index++) mixed.push(entries[index] as Entry)
    for (const member of mixed.sort(byKeyPart)) {
      if (mayHold(member, keyBase + member.keyPart, wanted)) yield* walkEntry(member, path, keyBase, wanted)
    }
  }
}

async function* walkEntry(entry: Entry, path: string, keyBase: string, wanted: Wanted): AsyncGenerator<Found> {
  const found = { key: keyBase + entry.keyPart, path: join(path, entry.name) }
  if (entry.kind === 'object') yield found
  else yield* walkFolder(found.path, found.key, wanted)
}

/** Whether a wanted key can be `base` (of an object) or begin with it (of a folder). */
function mayHold(entry: Entry, base: string, { prefix, startAfter }: Wanted): boolean {
  if (entry.kind === 'object') return base.startsWith(prefix) && base > startAfter
  return (base.startsWith(prefix) || prefix.startsWith(base)) && (base > startAfter || startAfter.startsWith(base))
}

async function readFolder(path: string, read: (name: string) => Entry | undefined): Promise<Entry[]> {
  try {
    return (await readdir(path)).map(read).filter((entry) => entry !== undefined)
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}

function byKeyPart(one: Entry, other: Entry): number {
  return one.keyPart < other.keyPart ? -1 : one.keyPart > other.keyPart ? 1 : 0
}
