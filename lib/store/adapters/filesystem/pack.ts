/**
 * One file of many small objects, appended to by one process, and never again after that process has ended. An append is one
 * system call on the main thread; one that fails is cut off again, and where that fails too nothing follows it: a reader of
 * the file stops there. A deleted object is listed in the file beside it; when none is left, the pack goes first and the list
 * after it, so that no crash brings one back.
 */
import { closeSync, fstatSync, ftruncateSync, openSync, unlinkSync, writevSync } from 'node:fs'
import { join } from 'node:path'
import { assert } from '../../../base/assert.ts'
import { packReadInlineBytesMax, packRecordsMax } from '../../../base/limits.ts'
import { systemCode } from '../../../base/system-code.ts'
import type { GetOptions } from '../../object-store.ts'
import { isMissing } from './faults.ts'
import {
  appendDead,
  decodeHeads,
  type PackSummary,
  readDead,
  readIndex,
  readSummary,
  writeIndex,
} from './pack-index.ts'
import { encodeHead, type PackContent, type Place, scanRecords } from './pack-record.ts'
import { atOnce, readPart, syncData, without } from './whole-file.ts'

const nameDigits = 10

export class Pack {
  readonly number: number
  readonly #path: string
  #summary: PackSummary
  /** By key, without the dead; absent while nobody has asked. */
  #records: Map<string, Place> | undefined
  /** Sorted keys of `#records`, some of them dead since; absent when there are newer ones. */
  #sorted: string[] | undefined
  #dead: { positions: Set<number>; bytes: number }
  /** Where earlier records of a key in `#records` begin: they die with it. */
  #older = new Map<string, number[]>()
  #file: number | undefined
  #readers = 0
  #isReleased = false
  /** Of the records that this process has appended; absent in a pack that it has found. */
  #heads: Buffer[] | undefined
  #isBroken = false
  #isRemoved = false
  /** The pack's own name is durable; undefined when nothing has to be. */
  readonly #named: Promise<void> | undefined
  #syncing: { readonly running: Promise<void>; next: Promise<void> | undefined } | undefined

  private constructor(
    path: string,
    number: number,
    found: { summary: PackSummary; named?: Promise<void> | undefined },
  ) {
    this.#path = path
    this.number = number
    this.#summary = found.summary
    this.#named = found.named
    this.#dead = { positions: new Set(), bytes: 0 }
  }

  /** Makes an empty one. `syncFolder`: what makes its name durable. */
  static make(folder: string, number: number, syncFolder: (() => Promise<void>) | undefined): Pack {
    const path = pathOf(folder, number)
    const file = openSync(`${path}.pack`, 'wx+')
    const named = syncFolder?.()
    named?.catch(() => undefined)
    const pack = new Pack(path, number, { summary: { count: 0, first: '', last: '', bytes: 0 }, named })
    pack.#file = file
    pack.#records = new Map()
    pack.#heads = []
    return pack
  }

  /** Opens what another process has left, and writes the index that it may not have come to. */
  static async find(folder: string, number: number, synced: boolean): Promise<Pack> {
    const path = pathOf(folder, number)
    const file = openSync(`${path}.pack`, 'r')
    try {
      const { size } = fstatSync(file)
      const summary = readSummary(`${path}.index`)
      const isWhole = summary !== undefined && summary.bytes <= size
      // Before it is said to be there: its process may have died before the disk had it.
      if (!isWhole && synced) await syncData(file)
      const pack = new Pack(path, number, { summary: isWhole ? summary : writeFoundIndex(path, number, file, synced) })
      pack.#dead = readDead(`${path}.dead`, number)
      return pack
    } finally {
      closeSync(file)
    }
  }

  /** Whether `key` can be among its records. */
  mayHold(key: string): boolean {
    return this.#summary.count > 0 && key >= this.#summary.first && key <= this.#summary.last
  }

  get first(): string {
    return this.#summary.first
  }

  get last(): string {
    return this.#summary.last
  }

  /** Whether all of its objects are deleted. Looks closely before it says so: a list may name what a crash has spoilt. */
  get isEmpty(): boolean {
    const live = this.#records?.size ?? this.#summary.count - this.#dead.positions.size
    return live <= 0 && this.#load().size === 0
  }

  /** Whether the next object belongs into another pack. */
  isFull(bytesMax: number): boolean {
    return this.#isBroken || this.#summary.bytes >= bytesMax || this.#summary.count >= packRecordsMax
  }

  place(key: string): Place | undefined {
    return this.mayHold(key) ? this.#load().get(key) : undefined
  }

  /** Keys that are greater than `startAfter`, in order, and their objects' sizes. */
  *list(startAfter: string): Generator<{ key: string; size: number }> {
    const records = this.#load()
    this.#sorted ??= [...records.keys()].sort()
    for (let index = countUpTo(this.#sorted, startAfter); index < this.#sorted.length; index++) {
      const key = this.#sorted[index] ?? ''
      const place = records.get(key)
      if (place) yield { key, size: place.length }
    }
  }

  /** Adds an object; one of the same key is dead then. Throws the system's error, and then nothing was added. */
  append(key: string, content: PackContent): void {
    assert(this.#heads && this.#records && this.#file !== undefined && !this.#isBroken, 'an append to a closed pack')
    const position = this.#summary.bytes
    const head = encodeHead(this.number, position, key, content)
    const end = this.#write([head, ...content.chunks.filter((chunk) => chunk.length > 0)], position)
    const old = this.#records.get(key)
    const { count, first, last } = this.#summary
    this.#summary = {
      count: count + 1,
      first: count === 0 || key < first ? key : first,
      last: key > last ? key : last,
      bytes: end,
    }
    this.#heads.push(head)
    this.#records.set(key, { position, start: position + head.length, length: end - position - head.length })
    this.#sorted = undefined
    if (old) this.#outdated(key, old)
  }

  /** The bytes of an object from `start` to `end`; at once, where they are few. */
  read(place: Place, start: number, end: number, into?: GetOptions['into']): Uint8Array | Promise<Uint8Array> {
    this.#isReleased = false
    this.#file ??= openSync(`${this.#path}.pack`, 'r')
    const part = { start: place.start + start, end: place.start + end }
    const read = readPart(this.#file, part, packReadInlineBytesMax, into)
    return read instanceof Promise ? this.#untilRead(read) : read
  }

  async #untilRead(reading: Promise<Uint8Array>): Promise<Uint8Array> {
    this.#readers++
    try {
      return await reading
    } finally {
      this.#readers--
      if (this.#isReleased) this.release()
    }
  }

  /** Resolves when what was appended before this call is durable. One sync runs at a time, and serves all who wait for it. */
  sync(): Promise<void> {
    if (this.#named === undefined) return Promise.resolve()
    if (this.#syncing === undefined) return this.#startSync()
    this.#syncing.next ??= this.#syncing.running.catch(() => undefined).then(() => this.#startSync())
    return this.#syncing.next
  }

  /** Deletes objects; `keys` are all here. Throws the system's error, and then nothing was deleted. */
  kill(keys: readonly string[]): void {
    const records = this.#load()
    const positions = keys.flatMap((key) => [records.get(key)?.position ?? [], this.#older.get(key) ?? []].flat())
    try {
      this.#dead.bytes = appendDead(`${this.#path}.dead`, this.number, this.#dead.bytes, positions)
    } catch (error) {
      // A full disk becomes empty by deletions. Until the pack is gone a restart brings these back: objects that nobody names.
      const code = systemCode(error)
      if (code !== 'ENOSPC' && code !== 'EDQUOT') throw error
    }
    for (const position of positions) this.#dead.positions.add(position)
    for (const key of keys) {
      records.delete(key)
      this.#older.delete(key)
    }
  }

  /** Appends no more, and writes the index. A failure is harmless: the next open reads the pack itself. */
  async seal(): Promise<void> {
    const heads = this.#heads ?? []
    this.#heads = undefined
    try {
      await this.sync()
      if (!this.#isRemoved) writeIndex(`${this.#path}.index`, heads, this.#summary, this.#named !== undefined)
      if (this.#isRemoved) this.remove()
    } catch {}
  }

  /** Unlinks everything; readers that have begun still end. */
  remove(): void {
    this.#isRemoved = true
    for (const ending of ['pack', 'index', 'index.new', 'dead']) removeFile(`${this.#path}.${ending}`)
    this.release()
  }

  /** Appends no more. The next open reads the pack itself. */
  close(): void {
    this.#heads = undefined
    this.release()
  }

  /** Frees the memory and the descriptor until somebody asks again. */
  release(): void {
    this.#isReleased = true
    if (this.#heads === undefined) {
      this.#records = undefined
      this.#sorted = undefined
    }
    // A sync begins with the file open, and each that waits behind it ends with another call of this.
    if (this.#readers > 0 || this.#syncing || this.#file === undefined) return
    closeSync(this.#file)
    this.#file = undefined
  }

  #write(chunks: readonly Uint8Array[], position: number): number {
    assert(this.#file !== undefined, 'a write to a closed pack')
    let rest = chunks
    let end = position
    try {
      while (rest.length > 0) {
        const written = writevSync(this.#file, atOnce(rest), end)
        end += written
        rest = without(rest, written)
      }
      return end
    } catch (error) {
      try {
        ftruncateSync(this.#file, position)
      } catch {
        this.#isBroken = true
      }
      throw error
    }
  }

  #startSync(): Promise<void> {
    const running = this.#syncFile().catch((error: unknown) => {
      // What the disk has not taken it may say to have taken the next time.
      this.#isBroken = true
      throw error
    })
    const state = { running, next: undefined }
    this.#syncing = state
    const ended = () => {
      if (this.#syncing !== state || state.next !== undefined) return
      this.#syncing = undefined
      if (this.#isReleased) this.release()
    }
    running.then(ended, ended)
    return running
  }

  async #syncFile(): Promise<void> {
    if (this.#isRemoved) return
    if (this.#isBroken) throw new Error('an earlier write to the pack has failed')
    this.#file ??= openSync(`${this.#path}.pack`, 'r')
    const file = this.#file
    await this.#named
    await syncData(file)
  }

  #outdated(key: string, { position }: Place): void {
    const older = this.#older.get(key)
    if (older) older.push(position)
    else this.#older.set(key, [position])
  }

  #load(): Map<string, Place> {
    this.#isReleased = false
    if (this.#records) return this.#records
    const records = new Map<string, Place>()
    this.#older.clear()
    for (const [key, place] of readIndex(`${this.#path}.index`, this.number) ?? this.#scan()) {
      if (this.#dead.positions.has(place.position)) continue
      const old = records.get(key)
      if (old) this.#outdated(key, old)
      records.set(key, place)
    }
    this.#records = records
    return records
  }

  #scan() {
    const file = openSync(`${this.#path}.pack`, 'r')
    try {
      return decodeHeads(this.number, Buffer.concat([...scanRecords(this.number, file, this.#summary.bytes)]))
    } finally {
      closeSync(file)
    }
  }
}

function writeFoundIndex(path: string, number: number, file: number, synced: boolean): PackSummary {
  const heads = [...scanRecords(number, file, fstatSync(file).size)]
  const places = decodeHeads(number, Buffer.concat(heads))
  const keys = places.map(([key]) => key).sort()
  const end = places.at(-1)?.[1]
  const summary = {
    count: places.length,
    first: keys[0] ?? '',
    last: keys.at(-1) ?? '',
    bytes: end ? end.start + end.length : 0,
  }
  try {
    writeIndex(`${path}.index`, heads, summary, synced)
  } catch {
    // A full disk: this open has read the pack itself, and the next does so again.
  }
  return summary
}

/** How many of the `sorted` keys are at most `key`. */
function countUpTo(sorted: readonly string[], key: string): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((sorted[middle] ?? '') <= key) low = middle + 1
    else high = middle
  }
  return low
}

function pathOf(folder: string, number: number): string {
  return join(folder, String(number).padStart(nameDigits, '0'))
}

function removeFile(path: string): void {
  try {
    unlinkSync(path)
  } catch (error) {
    if (!isMissing(error)) throw error
  }
}
