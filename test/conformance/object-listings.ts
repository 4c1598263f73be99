/** Listings: bytewise order, prefixes, pages, and going on after any key. */
import { expect, test } from 'vitest'
import type { ObjectStore } from '../../lib/store/object-store.ts'
import { listAll, type Open, text } from './object-bytes.ts'

export function listings(open: Open): void {
  const time = '0190a1b2'
  /** In order: by bytes, `-` < `.` < `/` < digits < `=` < capitals < small letters. Ids with a time lie among other names. */
  const ordered = [
    'A',
    'a',
    'a-b',
    'a.b',
    'a/a',
    'a/b/c',
    'a0',
    'a=',
    'b/1',
    'b/10',
    'b/2',
    `i/${time}`,
    `i/${time}-x`,
    `i/${time}/x`,
    `i/${time}00000000000000`,
    `i/${time}0`.padEnd(20, '0'),
    `i/${time}0f000000000000`,
    `i/${time}0f000000000000/x`,
    `i/${time}ffffffffffffff`,
    `i/${time.slice(0, 7)}300000000000000`,
    'z',
  ].sort()

  test('a listing is in bytewise order, with the size of each object', async () => {
    const store = await openWith(ordered)
    expect(await store.list('')).toEqual({ objects: ordered.map((key) => ({ key, size: key.length })), more: false })
  })

  test.each([
    '',
    'a',
    'a/',
    'a/b',
    'a/b/',
    'b/1',
    'i/',
    `i/${time}`,
    `i/${time}0`,
    `i/${time.slice(0, 4)}`,
    'none',
    'none/',
  ])('a listing of "%s" has what begins with it', async (prefix) => {
    const store = await openWith(ordered)
    expect((await listAll(store, prefix)).map(({ key }) => key)).toEqual(
      ordered.filter((key) => key.startsWith(prefix)),
    )
  })

  test('a listing goes on after any key, there or not', async () => {
    const store = await openWith(ordered)
    for (const startAfter of [...ordered, 'a/', 'a/a0', 'a/zz', 'b', `i/${time}00`, 'i/0', 'zz']) {
      const { objects } = await store.list('', { startAfter })
      expect(objects.map(({ key }) => key)).toEqual(ordered.filter((key) => key > startAfter))
    }
    expect((await store.list('a', { startAfter: 'b' })).objects).toEqual([])
    expect((await store.list('b/', { startAfter: 'a' })).objects).toHaveLength(3)
  })

  test('pages of any length join to the whole, and say whether more follows', async () => {
    const store = await openWith(ordered)
    for (const limit of [1, 2, 7, ordered.length - 1, ordered.length, 1_000]) {
      const keys: string[] = []
      for (
        let page = await store.list('', { limit });
        ;
        page = await store.list('', { limit, startAfter: keys.at(-1) ?? '' })
      ) {
        expect(page.objects.length).toBeLessThanOrEqual(limit)
        keys.push(...page.objects.map(({ key }) => key))
        expect(page.more).toBe(keys.length < ordered.length)
        if (!page.more) break
      }
      expect(keys).toEqual(ordered)
    }
  })

  test('an empty store lists nothing', async () => {
    const store = await open()
    expect(await store.list('')).toEqual({ objects: [], more: false })
    expect(await store.list('a/b', { startAfter: 'a/b/c' })).toEqual({ objects: [], more: false })
  })

  async function openWith(keys: readonly string[]): Promise<ObjectStore> {
    const store = await open()
    await Promise.all(keys.map((key) => store.put(key, [text(key)])))
    return store
  }
}
