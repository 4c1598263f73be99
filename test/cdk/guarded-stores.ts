/**
 * Stores that do what a function's permissions allow and refuse the rest, as IAM would, on stores that all functions share.
 * What was used is kept: a permission that nothing uses is one too many.
 */

import type { FunctionName } from '../../cdk/gregor-props.ts'
import {
  type ItemAccess,
  type ItemScope,
  type ObjectAccess,
  type Permissions,
  permissions,
} from '../../cdk/permissions.ts'
import { StoreUnavailable } from '../../lib/store/errors.ts'
import type { MetaStore } from '../../lib/store/meta-store.ts'
import type { ObjectStore } from '../../lib/store/object-store.ts'
import type { Stores } from '../log/world.ts'

export interface Use {
  readonly used: Set<string>
  readonly refused: Set<string>
}

const itemScopes: readonly ItemScope[] = ['cluster', 'partition#', 'group#', 'janitor']

export function guarded(name: FunctionName, stores: Stores, { used, refused }: Use): Stores {
  const { items, objects, listsObjects } = permissions[name]
  const passed = (isAllowed: boolean, what: string) => {
    const call = `${name}: ${what}`
    if (isAllowed) return void used.add(call)
    refused.add(call)
    throw new StoreUnavailable(call, new Error('AccessDenied'))
  }
  const item = (access: ItemAccess, pk: string) => {
    const scope = itemScopes.find((each) => (each.endsWith('#') ? pk.startsWith(each) : pk === each))
    passed(scope !== undefined && (items[scope]?.includes(access) ?? false), `${access} ${scope ?? pk}`)
  }
  const object = (access: ObjectAccess, key: string) => {
    const scope = key === 'healthz' ? key : `${key.split('/')[0]}/`
    const allowed = (objects as Partial<Record<string, readonly ObjectAccess[]>>)[scope]?.includes(access) ?? false
    passed(allowed, `${access} ${scope}`)
  }
  return {
    meta: {
      get: async (key, options) => {
        item('read', key.pk)
        return stores.meta.get(key, options)
      },
      getMany: async (keys, options) => {
        for (const { pk } of keys) item('read', pk)
        return stores.meta.getMany(keys, options)
      },
      query: async (pk, range) => {
        item('read', pk)
        return stores.meta.query(pk, range)
      },
      put: async (value, guard) => {
        item('write', value.pk)
        return stores.meta.put(value, guard)
      },
      update: async (key, change, guard) => {
        item('write', key.pk)
        return stores.meta.update(key, change, guard)
      },
      delete: async (key, guard) => {
        item('delete', key.pk)
        return stores.meta.delete(key, guard)
      },
    } satisfies MetaStore,
    objects: {
      put: async (key, chunks, options) => {
        object('put', key)
        return stores.objects.put(key, chunks, options)
      },
      get: async (key, options) => {
        object('read', key)
        return stores.objects.get(key, options)
      },
      list: async (prefix, options) => {
        passed(listsObjects, 'list')
        return stores.objects.list(prefix, options)
      },
      delete: async (keys) => {
        for (const key of keys) object('delete', key)
        return stores.objects.delete(keys)
      },
      compose: async (key, source, options) => {
        object('compose', key)
        return stores.objects.compose(key, source, options)
      },
    } satisfies ObjectStore,
  }
}

/** All that a function's permissions allow, in the words of `Use`. */
export function allowed(name: FunctionName): string[] {
  const { items, objects, listsObjects }: Permissions = permissions[name]
  const calls = [...Object.entries(items), ...Object.entries(objects)].flatMap(([scope, accesses]) =>
    accesses.map((access) => `${name}: ${access} ${scope}`),
  )
  return listsObjects ? [...calls, `${name}: list`] : calls
}
