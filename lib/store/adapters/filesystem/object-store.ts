/**
 * Objects as files. An object is written under a temporary name and gets its own by one rename, or by one link(2) when
 * it must be absent; so no reader, no crash and no other process ever meets a part of one, and of two that put the same
 * absent key one is told `done`.
 *
 * Everything before the rename can be undone, and a failure there is definite. After it only the sync of the folder can
 * fail: the object is visible then, but may be lost with the power, which is an unknown outcome.
 */
import { closeSync, linkSync, openSync, renameSync, unlinkSync } from 'node:fs'
import { mkdir, stat, unlink } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { fileDeletesAtOnceMax, fileTriesMax, objectListMax } from '../../../base/limits.ts'
import { OutcomeUnknown } from '../../errors.ts'
import { requireKey, requireLimit, requirePrefix, requireRange } from '../../object-call.ts'
import type { GetOptions, ObjectPage, ObjectStore } from '../../object-store.ts'
import { Directories, syncDirectory } from './directories.ts'
import { definiteFault, isMissing, isTaken } from './faults.ts'
import { filePlace } from './paths.ts'
import { removeLeftovers, TemporaryFiles } from './temporary-files.ts'
import { walk } from './walk.ts'
import { readRange, syncData, takeTurns, writeAll } from './whole-file.ts'

export interface FilesystemObjectStoreOptions {
  /** Made when it is not there. One cluster's objects; several processes may use it at once. */
  readonly directory: string
  /**
   * What an acknowledged put survives. `power`, the default: a loss of power or a crash of the operating system; each
   * put waits for the disk (fdatasync of the file, fsync of its folder). `process`: the death of this process, by
   * `kill -9` too, but not of the machine; nothing is synced, as Kafka by default leaves it to the page cache.
   * Deletions are never synced: what a loss of power brings back is an object that nobody names.
   */
  readonly durability?: 'power' | 'process'
}

/** Opens or makes the store in a folder. Throws `StoreUnavailable` when the folder cannot be made or read. */
export async function openFilesystemObjectStore(options: FilesystemObjectStoreOptions): Promise<ObjectStore> {
  const { durability = 'power' } = options
  const directory = resolve(options.directory)
  const objects = join(directory, 'objects')
  const temporary = join(directory, 'temporary')
  try {
    const made = await mkdir(objects, { recursive: true })
    await mkdir(temporary, { recursive: true })
    await removeLeftovers(temporary, Date.now())
    if (durability === 'power') await syncUpTo(objects, made ?? objects)
  } catch (error) {
    throw definiteFault(`opening the objects in ${directory}`, error)
  }
  return new FilesystemObjectStore(objects, new TemporaryFiles(temporary), durability === 'power')
}

/** Syncs the parent of each folder from `lowest` up to `highest`. */
async function syncUpTo(lowest: string, highest: string): Promise<void> {
  for (let path = lowest; ; path = dirname(path)) {
    await syncDirectory(dirname(path))
    if (path === highest) return
  }
}

class FilesystemObjectStore implements ObjectStore {
  readonly #root: string
  readonly #temporary: TemporaryFiles
  readonly #synced: boolean
  readonly #directories: Directories

  constructor(root: string, temporary: TemporaryFiles, synced: boolean) {
    this.#root = root
    this.#temporary = temporary
    this.#synced = synced
    this.#directories = new Directories(root, synced)
  }

  async put(key: string, chunks: readonly Uint8Array[], options?: { ifAbsent?: boolean }): Promise<'done' | 'exists'> {
    requireKey(key)
    return this.#write(key, options?.ifAbsent ?? false, (append) => append(chunks))
  }

  async get(key: string, options?: GetOptions): Promise<Uint8Array | undefined> {
    requireKey(key)
    if (options?.range) requireRange(options.range)
    await takeTurns()
    const { directory, name } = filePlace(key)
    let file: number | undefined
    try {
      file = openSync(join(this.#root, directory, name), 'r')
      return await readRange(file, options)
    } catch (error) {
      if (file === undefined && isMissing(error)) return undefined
      throw definiteFault(`reading ${key}`, error)
    } finally {
      if (file !== undefined) closeSync(file)
    }
  }

  async list(prefix: string, options?: { startAfter?: string; limit?: number }): Promise<ObjectPage> {
    const { startAfter = '', limit = objectListMax } = options ?? {}
    requirePrefix(prefix)
    requirePrefix(startAfter)
    requireLimit(limit)
    const objects: { key: string; size: number }[] = []
    try {
      for await (const { key, path } of walk(this.#root, prefix, startAfter)) {
        const size = await sizeOf(path)
        if (size === undefined) continue
        if (objects.length === limit) return { objects, more: true }
        objects.push({ key, size })
      }
    } catch (error) {
      throw definiteFault(`listing ${prefix}`, error)
    }
    return { objects, more: false }
  }

  async delete(keys: readonly string[]): Promise<void> {
    for (const key of keys) requireKey(key)
    const folders = new Set<string>()
    const failures: unknown[] = []
    for (let index = 0; index < keys.length; index += fileDeletesAtOnceMax) {
      const removals = keys.slice(index, index + fileDeletesAtOnceMax).map((key) => {
        const { directory, name } = filePlace(key)
        const folder = join(this.#root, directory)
        folders.add(folder)
        return removeFile(join(folder, name))
      })
      for (const outcome of await Promise.allSettled(removals)) {
        if (outcome.status === 'rejected') failures.push(outcome.reason)
      }
    }
    for (const folder of folders) await this.#directories.removeEmpty(folder)
    if (failures.length === 0) return
    const call = `deleting ${failures.length} of ${keys.length} objects`
    throw failures.length === keys.length ? definiteFault(call, failures[0]) : new OutcomeUnknown(call, failures[0])
  }

  async compose(
    key: string,
    source: AsyncIterable<Uint8Array>,
    options?: { ifAbsent?: boolean },
  ): Promise<'done' | 'exists'> {
    requireKey(key)
    return this.#write(key, options?.ifAbsent ?? false, async (append) => {
      // Written before the next is asked for: a source may use its memory again.
      for await (const chunk of source) {
        await takeTurns()
        await append([chunk])
      }
    })
  }

  /** Writes a temporary file by `fill` and gives it the key's name. What `fill` throws leaves nothing behind. */
  async #write(
    key: string,
    ifAbsent: boolean,
    fill: (append: (chunks: readonly Uint8Array[]) => Promise<void>) => Promise<void>,
  ): Promise<'done' | 'exists'> {
    await takeTurns()
    const call = `putting ${key}`
    const path = this.#temporary.next()
    const file = definitely(call, () => openSync(path, 'wx'))
    try {
      await fill((chunks) => definitelyLater(call, writeAll(file, chunks)))
      if (this.#synced) await definitelyLater(call, syncData(file))
    } catch (error) {
      closeSync(file)
      removeQuietly(path)
      throw error
    }
    closeSync(file)
    return this.#publish(call, key, path, ifAbsent)
  }

  async #publish(call: string, key: string, path: string, ifAbsent: boolean): Promise<'done' | 'exists'> {
    const { directory, name } = filePlace(key)
    const folder = join(this.#root, directory)
    let answer: 'done' | 'exists' | undefined
    for (let tries = 1; answer === undefined; tries++) {
      try {
        await this.#directories.make(folder)
        answer = rename(path, join(folder, name), ifAbsent)
      } catch (error) {
        // A delete beside us has removed the folder that it had emptied.
        this.#directories.forget(folder)
        if (isMissing(error) && tries < fileTriesMax) continue
        removeQuietly(path)
        throw definiteFault(call, error)
      }
    }
    try {
      // Also for what exists: whoever put it may not have synced its name yet.
      await this.#directories.sync(folder)
    } catch (error) {
      throw new OutcomeUnknown(call, error)
    }
    return answer
  }
}

/** Moves a file to its last name: over what is there, or only where nothing is. */
function rename(from: string, to: string, ifAbsent: boolean): 'done' | 'exists' {
  if (!ifAbsent) {
    renameSync(from, to)
    return 'done'
  }
  try {
    linkSync(from, to)
  } catch (error) {
    if (!isTaken(error)) throw error
    removeQuietly(from)
    return 'exists'
  }
  removeQuietly(from)
  return 'done'
}

/** Removes a temporary file. One that resists is in nobody's way, and the next open tries again. */
function removeQuietly(path: string): void {
  try {
    unlinkSync(path)
  } catch {}
}

async function removeFile(path: string): Promise<void> {
  try {
    await unlink(path)
  } catch (error) {
    if (!isMissing(error)) throw error
  }
}

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    const found = await stat(path)
    return found.isFile() ? found.size : undefined
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

function definitely<T>(call: string, act: () => T): T {
  try {
    return act()
  } catch (error) {
    throw definiteFault(call, error)
  }
}

async function definitelyLater<T>(call: string, acting: Promise<T>): Promise<T> {
  try {
    return await acting
  } catch (error) {
    throw definiteFault(call, error)
  }
}
