/** Stores that wait before each call, whatever it is: what a network and a service far away add. */
import type { MetaStore } from '../../../lib/store/meta-store.ts'
import type { ObjectStore } from '../../../lib/store/object-store.ts'

type Wait = () => Promise<void>

export const delayedMeta = (meta: MetaStore, wait: Wait): MetaStore => ({
  get: (...args) => wait().then(() => meta.get(...args)),
  getMany: (...args) => wait().then(() => meta.getMany(...args)),
  query: (...args) => wait().then(() => meta.query(...args)),
  put: (...args) => wait().then(() => meta.put(...args)),
  update: (...args) => wait().then(() => meta.update(...args)),
  delete: (...args) => wait().then(() => meta.delete(...args)),
})

export const delayedObjects = (objects: ObjectStore, wait: Wait): ObjectStore => ({
  put: (...args) => wait().then(() => objects.put(...args)),
  get: (...args) => wait().then(() => objects.get(...args)),
  list: (...args) => wait().then(() => objects.list(...args)),
  delete: (...args) => wait().then(() => objects.delete(...args)),
  compose: (...args) => wait().then(() => objects.compose(...args)),
})
