/**
 * A page: pointers that have left the tail. `partition#<topic id>#<n>` / `page#<base offset>`.
 *
 * Lifetime: put once by a fold, if absent (a second put would restore what a consolidation replaced); its key and its range
 * [base, end) never change. Consolidation replaces its content in place, guarded by `rev`; a sweep bumps `rev` before it
 * deletes a segment that the page might still be made to point at. Deleted only when `end` <= logStart.
 * Size: 29 bytes a pointer, at most `tailPointersMax` of them.
 *
 * | attribute | what |
 * |---|---|
 * | `end` | the offset after its last record |
 * | `q` | entries of 29 bytes: 25 B pointer, 4 B base offset less the page's own |
 * | `rev` | 1, then one up with each change |
 * | `segment` | present and true: the pointers name segments of this partition, not intake objects |
 */
import { assert } from '../base/assert.ts'
import { type Offset, offset, type PartitionId } from '../base/ids.ts'
import type { Item } from '../store/meta-store.ts'
import type { TailRun } from './head.ts'
import { pageKey } from './keys.ts'
import { decodePointer, type Pointer, pointerBytes, pointerKey } from './pointer.ts'

const entryBytes = pointerBytes + 4

export interface Page {
  readonly base: Offset
  readonly end: Offset
  readonly rev: number
  readonly segment: boolean
  readonly entries: readonly KeyedPageEntry[]
}

export interface PageEntry {
  readonly pointer: Pointer
  readonly base: Offset
  readonly end: Offset
}

/** `key`: the pointer's, by `pointer.ts`. */
interface KeyedPageEntry extends PageEntry {
  readonly key: string
}

export const encodeEntries = (pageBase: Offset, entries: readonly Pick<PageEntry, 'pointer' | 'base'>[]): Buffer =>
  encodeRuns(
    pageBase,
    entries.map(({ pointer, base }) => ({ key: pointerKey(pointer), base })),
  )

function encodeRuns(pageBase: Offset, runs: readonly Pick<TailRun, 'key' | 'base'>[]): Buffer {
  const bytes = Buffer.allocUnsafe(runs.length * entryBytes)
  for (const [index, { key, base }] of runs.entries()) {
    const at = index * entryBytes
    const written = bytes.write(key, at, pointerBytes, 'base64url')
    assert(written === pointerBytes, `not a pointer: ${key}`)
    bytes.writeUInt32BE(base - pageBase, at + pointerBytes)
  }
  return bytes
}

/** The item that a fold puts. `runs` are consecutive and begin at `base`. */
export function newPage(id: PartitionId, base: Offset, runs: readonly TailRun[]): Item {
  const last = runs.at(-1)
  assert(last && runs[0]?.base === base, `a page at ${base} that does not begin there`)
  return { ...pageKey(id, base), end: last.end, q: encodeRuns(base, runs), rev: 1 }
}

export function parsePage(item: Item): Page {
  const base = offset(Number(item.sk.slice('page#'.length)))
  const end = offset(item.end as number)
  const bytes = item.q as Uint8Array
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const starts: number[] = []
  for (let at = 0; at < bytes.byteLength; at += entryBytes) starts.push(base + view.readUInt32BE(at + pointerBytes))
  const entries = starts.map((start, index) => ({
    key: view.toString('base64url', index * entryBytes, index * entryBytes + pointerBytes),
    pointer: decodePointer(bytes, index * entryBytes),
    base: offset(start),
    end: offset(starts[index + 1] ?? end),
  }))
  return { base, end, rev: item.rev as number, segment: item.segment === true, entries }
}
