/**
 * Stores that tell of each call before it is made: a test counts calls, lets something else happen between two of them, or
 * kills the process at one.
 */
import type { Stores } from './world.ts'

/** `meta.get partition#.../head`, `objects.delete intake/...`. */
export interface WatchedCall {
  readonly store: 'meta' | 'objects'
  readonly method: string
  readonly args: readonly unknown[]
}

class ProcessDied extends Error {
  override readonly name = 'ProcessDied'
}

type Before = (call: WatchedCall) => Promise<void> | void

/** The stores with `before` called, and awaited, before each call. What it throws, the call throws. */
export function watched({ meta, objects }: Stores, before: Before): Stores {
  return { meta: watchedStore('meta', meta, before), objects: watchedStore('objects', objects, before) }
}

function watchedStore<Store extends object>(store: WatchedCall['store'], target: Store, before: Before): Store {
  return new Proxy(target, {
    get(_, method) {
      const value: unknown = Reflect.get(target, method)
      if (typeof value !== 'function') return value
      return async (...args: unknown[]) => {
        await before({ store, method: String(method), args })
        return value.apply(target, args)
      }
    },
  })
}

/** A process that makes `callsMax` calls and dies at the next one, for good. `dead` tells whether it came to that. */
export function mortal(stores: Stores, callsMax: number): Stores & { readonly life: { dead: boolean } } {
  let calls = 0
  const life = { dead: false }
  const lived = watched(stores, () => {
    if (calls++ < callsMax) return
    life.dead = true
    throw new ProcessDied(`at call ${callsMax + 1}`)
  })
  return { ...lived, life }
}

/** Counts calls by `store.method`. */
export function counted(stores: Stores): Stores & { readonly calls: string[] } {
  const calls: string[] = []
  const lived = watched(stores, ({ store, method }) => {
    calls.push(`${store}.${method}`)
  })
  return { ...lived, calls }
}
