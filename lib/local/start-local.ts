/**
 * A whole cluster in one process: items in SQLite, objects in files (or both in memory), the HTTP API in front, the janitor
 * on a timer. A crash at any point leaves what was acknowledged; `close` is only kinder to those who wait.
 */
import { join, resolve } from 'node:path'
import type { Clock } from '../base/clock.ts'
import type { Entropy } from '../base/entropy.ts'
import { inlineUnitsMaxLocal } from '../base/limits.ts'
import { systemClock, systemEntropy } from '../base/system.ts'
import { Topics } from '../cluster/topics.ts'
import { GroupOffsets } from '../groups/offsets.ts'
import { createHttpApp } from '../http/all-routes.ts'
import { Janitor } from '../janitor/janitor.ts'
import { Log } from '../log/log.ts'
import { useNativeCrc32c } from '../records/native-crc32c.ts'
import { openFilesystemObjectStore } from '../store/adapters/filesystem/object-store.ts'
import { MemoryMetaStore } from '../store/adapters/memory/meta-store.ts'
import { MemoryObjectStore } from '../store/adapters/memory/object-store.ts'
import { openSqliteMetaStore } from '../store/adapters/sqlite/meta-store.ts'
import { StoreLocked } from '../store/errors.ts'
import type { MetaStore } from '../store/meta-store.ts'
import type { ObjectStore } from '../store/object-store.ts'
import { metaFile, prepareDataFolder, refusalOf } from './data-folder.ts'
import { startHttpServer } from './http-server.ts'
import { runJanitor } from './janitor-timer.ts'
import { StartRefused } from './start-refused.ts'

/**
 * What an acknowledged record survives: `power`, the default, a loss of power (the disk is waited for before each
 * acknowledgement); `process` the death of the process, `kill -9` too, but not of the machine, which is what Kafka does by
 * default.
 */
export type Durability = 'power' | 'process'

export interface LocalOptions {
  /** The folder of the data; `memory`: none, all is gone when it ends. */
  readonly data: { readonly folder: string; readonly durability?: Durability } | 'memory'
  /** Default 127.0.0.1. */
  readonly host?: string
  /** 0 picks a free one. */
  readonly httpPort: number
  /** Faults that no client is told of. */
  readonly report?: (fault: unknown) => void
}

export interface LocalCluster {
  /** The HTTP API's URL, without a slash at its end. */
  readonly http: string
  /** Takes no more, finishes and answers what was begun, and lets go of the data. */
  close(): Promise<void>
}

interface Stores {
  readonly meta: MetaStore
  readonly objects: ObjectStore
  close(): void
}

/** Starts, or throws a `StartRefused` and leaves nothing open. */
export async function startLocal(options: LocalOptions): Promise<LocalCluster> {
  const clock = systemClock
  const entropy = systemEntropy
  await useNativeCrc32c()
  const stores = await openStores(options.data)
  try {
    return await startOn(stores, options, { clock, entropy })
  } catch (fault) {
    stores.close()
    throw fault
  }
}

async function openStores(data: LocalOptions['data']): Promise<Stores> {
  if (data === 'memory')
    return { meta: new MemoryMetaStore(), objects: new MemoryObjectStore(), close: () => undefined }
  const folder = resolve(data.folder)
  const durability = data.durability ?? 'power'
  await prepareDataFolder(folder)
  try {
    const meta = openSqliteMetaStore({ path: join(folder, metaFile), durability })
    try {
      const objects = await openFilesystemObjectStore({ directory: folder, durability })
      return { meta, objects, close: () => meta.close() }
    } catch (fault) {
      meta.close()
      throw fault
    }
  } catch (fault) {
    if (fault instanceof StoreLocked)
      throw new StartRefused('data-in-use', `Another process uses the data in ${folder}.`, fault)
    throw refusalOf(folder, fault)
  }
}

async function startOn(
  stores: Stores,
  options: LocalOptions,
  world: { clock: Clock; entropy: Entropy },
): Promise<LocalCluster> {
  const { meta, objects } = stores
  const report = options.report ?? (() => undefined)
  const topics = new Topics({ meta, ...world })
  const groups = new GroupOffsets({ meta, clock: world.clock, topics })
  const log = new Log(
    { meta, objects, ...world, onLoss: report, onBug: report },
    { soleProcess: true, inlineUnitsMax: inlineUnitsMaxLocal },
  )
  const app = createHttpApp({ topics, groups, log, meta, objects, ...world, report })
  const server = await startHttpServer({
    host: options.host ?? '127.0.0.1',
    port: options.httpPort,
    fetch: (request) => app.fetch(request),
    clock: world.clock,
  })
  const janitor = new Janitor({ meta, objects, ...world, topics, offsets: groups, onLoss: report })
  const stop = new AbortController()
  const cleaning = runJanitor(janitor, world.clock, stop.signal, report)
  return {
    http: server.url,
    close: async () => {
      stop.abort()
      await server.close()
      await cleaning
      await log.settle()
      stores.close()
    },
  }
}
