/**
 * Small objects of one process in packs, all others in files of their own. A new file for each small flush costs more than
 * its bytes; an append to an open one is a single system call. Only keys with one prefix are packed, those that all live for
 * about as long (intake, for an hour or two): a pack goes when the last of its objects does.
 *
 * A key lies in one place. What decides where, and the append, happen without a turn of the event loop in between; while a
 * key's file is being written, other puts of the key are files too, and the file system says who was first.
 */
import { existsSync } from 'node:fs'
import { mkdir, readdir, unlink } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { BoundedMap } from '../../../base/bounded-map.ts'
import { objectListMax, packBytesMax, packObjectBytesMax, packsOpenMax } from '../../../base/limits.ts'
import { OutcomeUnknown } from '../../errors.ts'
import { cutRange, requireKey, requireLimit, requirePrefix, requireRange } from '../../object-call.ts'
import type { GetOptions, ObjectPage, ObjectStore, PutOptions } from '../../object-store.ts'
import { syncDirectory } from './directories.ts'
import { definiteFault } from './faults.ts'
import { type FilesystemObjectStoreOptions, openFilesystemObjectStore } from './object-store.ts'
import { Pack } from './pack.ts'
import type { PackContent } from './pack-record.ts'
import { filePlace } from './paths.ts'
import { takeTurns } from './whole-file.ts'

export interface PackedObjectStoreOptions extends FilesystemObjectStoreOptions {
  /** Objects whose keys begin with this, and that are small, are packed. */
  readonly packedPrefix: string
  /** Where a pack ends, and how many are held open: `packBytesMax` and `packsOpenMax` unless told. */
  readonly packBytes?: number
  readonly packsOpen?: number
}

type Listed = ObjectPage['objects'][number]

export const packsFolder = 'packs'
const packPattern = /^(\d{10})\.pack$/
const besidePattern = /^(\d{10})\.(?:index|index\.new|dead)$/

/** As `openFilesystemObjectStore`, whose folders it reads too, but the folder must be this process' alone. */
export async function openPackedObjectStore(options: PackedObjectStoreOptions): Promise<PackedObjectStore> {
  const files = await openFilesystemObjectStore(options)
  const directory = resolve(options.directory)
  const folder = join(directory, packsFolder)
  const synced = options.durability !== 'process'
  try {
    await mkdir(folder, { recursive: true })
    if (synced) await syncDirectory(directory)
    const packs = await findPacks(folder, synced)
    const { packedPrefix: prefix, packBytes = packBytesMax, packsOpen = packsOpenMax } = options
    const hasFiles = (await files.list(prefix, { limit: 1 })).objects.length > 0
    return new PackedObjectStore({ files, directory, folder, synced, prefix, packBytes, packsOpen }, packs, hasFiles)
  } catch (error) {
    throw definiteFault(`opening the packs in ${folder}`, error)
  }
}

async function findPacks(folder: string, synced: boolean): Promise<Pack[]> {
  const names = await readdir(folder)
  const numbers = names.map((name) => packPattern.exec(name)?.[1]).filter((number) => number !== undefined)
  for (const name of names) {
    const number = besidePattern.exec(name)?.[1]
    if (number !== undefined && !numbers.includes(number)) await unlink(join(folder, name))
  }
  const packs: Pack[] = []
  for (const number of numbers.sort()) packs.push(await Pack.find(folder, Number(number), synced))
  return packs
}

interface Parts {
  readonly files: ObjectStore
  readonly directory: string
  readonly folder: string
  readonly synced: boolean
  readonly prefix: string
  readonly packBytes: number
  readonly packsOpen: number
}

export class PackedObjectStore implements ObjectStore {
  readonly #parts: Parts
  /** Ascending by number; the last may be the one that is appended to. */
  readonly #packs: Pack[]
  /** Those that have been used last, by number. */
  readonly #open: BoundedMap<number, Pack>
  /** Keys whose files are being put now, and how many puts that are. */
  readonly #filing = new Map<string, number>()
  #active: Pack | undefined
  #nextNumber: number
  /** Whether a key with the prefix may have a file: while none has, nobody needs to look for one before each append. */
  #hasFiles: boolean

  constructor(parts: Parts, packs: Pack[], hasFiles: boolean) {
    this.#parts = parts
    this.#hasFiles = hasFiles
    this.#open = new BoundedMap(parts.packsOpen)
    this.#packs = packs
    this.#nextNumber = (packs.at(-1)?.number ?? 0) + 1
  }

  async put(key: string, chunks: readonly Uint8Array[], options?: PutOptions): Promise<'done' | 'exists'> {
    requireKey(key)
    const { files } = this.#parts
    const length = chunks.reduce((total, chunk) => total + chunk.length, 0)
    const ifAbsent = options?.ifAbsent ?? false
    const asFile = () => this.#asFile(key, ifAbsent, () => files.put(key, chunks, options))
    if (length > packObjectBytesMax || !key.startsWith(this.#parts.prefix)) return asFile()
    await takeTurns()
    if (this.#filing.has(key) || this.#hasFile(key)) return asFile()
    const call = `putting ${key}`
    const { pack, answer } = this.#definitely(call, () =>
      this.#append(key, { chunks, checks: options?.checks }, ifAbsent),
    )
    try {
      // Also for what exists: whoever put it may still be waiting.
      await pack.sync()
    } catch (error) {
      throw new OutcomeUnknown(call, error)
    }
    return answer
  }

  async get(key: string, options?: GetOptions): Promise<Uint8Array | undefined> {
    requireKey(key)
    if (options?.range) requireRange(options.range)
    const turn = takeTurns()
    if (turn) await turn
    const call = `reading ${key}`
    const pack = this.#definitely(call, () => this.#holderOf(key))
    const place = pack?.place(key)
    if (!pack || !place) return this.#parts.files.get(key, options)
    const { start, end } = cutRange(options?.range, place.length)
    try {
      const read = pack.read(place, start, end, options?.into)
      return read instanceof Promise ? await read : read
    } catch (error) {
      throw definiteFault(call, error)
    }
  }

  async list(prefix: string, options?: { startAfter?: string; limit?: number }): Promise<ObjectPage> {
    const { startAfter = '', limit = objectListMax } = options ?? {}
    requirePrefix(prefix)
    requirePrefix(startAfter)
    requireLimit(limit)
    // The packs first: an object may go from a pack to a file, but never back.
    const packed = this.#definitely(`listing ${prefix}`, () => this.#listPacked(prefix, startAfter, limit))
    const filed = await this.#parts.files.list(prefix, options)
    if (packed.length === 0) return filed
    const objects = inOrder([...filed.objects, ...packed])
    return { objects: objects.slice(0, limit), more: filed.more || objects.length > limit }
  }

  async delete(keys: readonly string[]): Promise<void> {
    for (const key of keys) requireKey(key)
    const filed: string[] = []
    const byPack = new Map<Pack, string[]>()
    this.#definitely('deleting objects', () => {
      for (const key of new Set(keys)) {
        const holders = this.#packs.filter((pack) => pack.mayHold(key) && this.#used(pack).place(key))
        for (const pack of holders) {
          const doomed = byPack.get(pack)
          if (doomed) doomed.push(key)
          else byPack.set(pack, [key])
        }
        if (holders.length === 0 || this.#hasFile(key)) filed.push(key)
      }
    })
    let isBegun = false
    try {
      for (const [pack, doomed] of byPack) {
        this.#kill(pack, doomed)
        isBegun = true
      }
      if (filed.length > 0) await this.#parts.files.delete(filed)
    } catch (error) {
      const call = `deleting ${keys.length} objects`
      throw isBegun ? new OutcomeUnknown(call, error) : definiteFault(call, error)
    }
  }

  async compose(key: string, source: AsyncIterable<Uint8Array>, options?: PutOptions): Promise<'done' | 'exists'> {
    requireKey(key)
    return this.#asFile(key, options?.ifAbsent ?? false, () => this.#parts.files.compose(key, source, options))
  }

  /** Lets go of the files, so that another store may open the folder. Nothing may be under way, or begin later. */
  close(): void {
    this.#active = undefined
    for (const pack of this.#packs) pack.close()
  }

  #append(key: string, content: PackContent, ifAbsent: boolean): { pack: Pack; answer: 'done' | 'exists' } {
    const holder = this.#holderOf(key)
    if (holder && ifAbsent) return { pack: holder, answer: 'exists' }
    const pack = this.#packForMore()
    pack.append(key, content)
    // After a crash between the two the newer one is found first, and a deletion takes both.
    if (holder && holder !== pack) this.#killQuietly(holder, key)
    return { pack, answer: 'done' }
  }

  #packForMore(): Pack {
    if (this.#active && !this.#active.isFull(this.#parts.packBytes)) return this.#active
    const { folder, synced } = this.#parts
    const made = Pack.make(folder, this.#nextNumber, synced ? () => syncDirectory(folder) : undefined)
    this.#nextNumber++
    const full = this.#active
    this.#active = made
    this.#packs.push(made)
    if (full) {
      full.seal()
      this.#used(full)
      this.#removeIfEmpty(full)
    }
    return made
  }

  #kill(pack: Pack, keys: readonly string[]): void {
    pack.kill(keys)
    this.#removeIfEmpty(pack)
  }

  #killQuietly(pack: Pack, key: string): void {
    try {
      this.#kill(pack, [key])
    } catch {}
  }

  #removeIfEmpty(pack: Pack): void {
    if (pack === this.#active || !pack.isEmpty) return
    pack.remove()
    this.#open.delete(pack.number)
    this.#packs.splice(this.#packs.indexOf(pack), 1)
  }

  /** The newest first: what is read is recent as a rule, and of two records of a key the later is the object. */
  #holderOf(key: string): Pack | undefined {
    if (!key.startsWith(this.#parts.prefix)) return undefined
    for (let index = this.#packs.length - 1; index >= 0; index--) {
      const pack = this.#packs[index]
      if (pack?.mayHold(key) && this.#used(pack).place(key)) return pack
    }
    return undefined
  }

  /** Says that `pack` is used now: what it holds in memory stays until so many others were used after it. */
  #used(pack: Pack): Pack {
    if (pack !== this.#active) this.#open.set(pack.number, pack)?.release()
    return pack
  }

  #listPacked(prefix: string, startAfter: string, limit: number): Listed[] {
    const within = this.#packs.filter(({ first, last }) => last > startAfter && last >= prefix && first < `${prefix}~`)
    within.sort((one, other) => (one.first < other.first ? -1 : one.first > other.first ? 1 : 0))
    let found: Listed[] = []
    for (const pack of within) {
      if (found.length > limit && pack.first > (found[limit]?.key ?? '')) break
      const some: Listed[] = []
      for (const object of this.#used(pack).list(startAfter)) {
        if (object.key.startsWith(prefix)) some.push(object)
        else if (object.key > prefix) break
        if (some.length > limit) break
      }
      found = inOrder([...found, ...some]).slice(0, limit + 1)
    }
    return found
  }

  /** Puts a file, and takes what lies under its key in a pack away when it is there. */
  async #asFile(key: string, ifAbsent: boolean, put: () => Promise<'done' | 'exists'>): Promise<'done' | 'exists'> {
    if (!key.startsWith(this.#parts.prefix)) return put()
    const call = `putting ${key}`
    this.#hasFiles = true
    this.#filing.set(key, (this.#filing.get(key) ?? 0) + 1)
    try {
      const holder = this.#definitely(call, () => this.#holderOf(key))
      if (holder && ifAbsent) {
        await this.#synced(call, holder)
        return 'exists'
      }
      const answer = await put()
      if (holder) this.#takeAway(call, key)
      return answer
    } finally {
      const others = (this.#filing.get(key) ?? 1) - 1
      if (others > 0) this.#filing.set(key, others)
      else this.#filing.delete(key)
    }
  }

  async #synced(call: string, pack: Pack): Promise<void> {
    try {
      await pack.sync()
    } catch (error) {
      throw new OutcomeUnknown(call, error)
    }
  }

  #takeAway(call: string, key: string): void {
    try {
      const holder = this.#holderOf(key)
      if (holder) this.#kill(holder, [key])
    } catch (error) {
      throw new OutcomeUnknown(call, error)
    }
  }

  #hasFile(key: string): boolean {
    if (!this.#hasFiles) return false
    const { directory, name } = filePlace(key)
    return existsSync(join(this.#parts.directory, 'objects', directory, name))
  }

  #definitely<T>(call: string, act: () => T): T {
    try {
      return act()
    } catch (error) {
      throw definiteFault(call, error)
    }
  }
}

/** By key, each once. */
function inOrder(objects: readonly Listed[]): Listed[] {
  const byKey = new Map(objects.map((object) => [object.key, object]))
  return [...byKey.values()].sort((one, other) => (one.key < other.key ? -1 : 1))
}
