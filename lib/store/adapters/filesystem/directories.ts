/**
 * The folders that files are put into: made when first needed, and synced. A file survives a loss of power only when
 * its own folder, and each folder above, has been synced since its name was put there. The first use of a folder in a
 * process syncs the way up to it, whoever made it; later puts sync only the folder itself, and puts that end at the
 * same time share one sync.
 */
import { close, fsync, open } from 'node:fs'
import { mkdir, rmdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import { BoundedMap } from '../../../base/bounded-map.ts'
import { fileDirectoriesKnownMax } from '../../../base/limits.ts'

const openFile = promisify(open)
const syncFile = promisify(fsync)
const closeFile = promisify(close)

interface Sync {
  readonly running: Promise<void>
  /** The sync after this one, when somebody has asked for it. */
  next: Promise<void> | undefined
}

/** The folders below one root, as this process knows them. */
export class Directories {
  readonly #root: string
  readonly #synced: boolean
  readonly #known = new BoundedMap<string, Promise<void>>(fileDirectoriesKnownMax)
  readonly #syncs = new Map<string, Sync>()

  /** `root` is there and synced already. Without `synced` nothing here survives a loss of power. */
  constructor(root: string, synced: boolean) {
    this.#root = root
    this.#synced = synced
  }

  /** Makes `directory`, an absolute path within the root, when it is not there. */
  async make(directory: string): Promise<void> {
    if (directory === this.#root) return
    let making = this.#known.get(directory)
    if (making === undefined) {
      making = this.#make(directory)
      this.#known.set(directory, making)
      making.catch(() => this.#known.delete(directory))
    }
    await making
  }

  /** Says that `directory`, and what it lies in, may be gone: they are looked at again when they are next needed. */
  forget(directory: string): void {
    for (let path = directory; path.length > this.#root.length; path = dirname(path)) this.#known.delete(path)
  }

  /** Removes `directory` if it is empty, and then each folder above that this leaves empty, but not the root. */
  async removeEmpty(directory: string): Promise<void> {
    try {
      for (let path = directory; path.length > this.#root.length; path = dirname(path)) {
        await rmdir(path)
        this.#known.delete(path)
      }
    } catch {
      // ENOTEMPTY as a rule. An empty folder that stays for another reason costs a listing one read.
    }
  }

  /**
   * Resolves when a sync that began after this call has ended. One sync of a folder runs at a time; all who ask
   * meanwhile share the next.
   */
  sync(directory: string): Promise<void> {
    if (!this.#synced) return Promise.resolve()
    const current = this.#syncs.get(directory)
    if (current === undefined) return this.#startSync(directory)
    current.next ??= current.running.catch(() => undefined).then(() => this.#startSync(directory))
    return current.next
  }

  async #make(directory: string): Promise<void> {
    const parent = dirname(directory)
    await this.make(parent)
    await mkdir(directory, { recursive: true })
    await this.sync(parent)
  }

  #startSync(directory: string): Promise<void> {
    const running = syncDirectory(directory)
    const state: Sync = { running, next: undefined }
    this.#syncs.set(directory, state)
    const ended = () => {
      if (this.#syncs.get(directory) === state && state.next === undefined) this.#syncs.delete(directory)
    }
    running.then(ended, ended)
    return running
  }
}

/** fsync of a folder: the names in it survive a loss of power. Windows cannot do it and does not need it. */
export async function syncDirectory(directory: string): Promise<void> {
  if (process.platform === 'win32') return
  const file = await openFile(directory, 'r')
  try {
    await syncFile(file)
  } finally {
    await closeFile(file)
  }
}
