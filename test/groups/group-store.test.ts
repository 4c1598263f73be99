/** What lies where when a group is saved, and what is left when a process dies between any two of its calls. */
import { beforeEach, describe, expect, test } from 'vitest'
import { groupBlobAgeMs, groupBlobBytes, groupBlobsMax } from '../../lib/base/limits.ts'
import { sweepBlobs } from '../../lib/groups/blob-sweep.ts'
import { emptyClassicGroup } from '../../lib/groups/classic/classic-protocol.ts'
import type { ClassicGroup } from '../../lib/groups/classic/classic-state.ts'
import { GroupRegistry } from '../../lib/groups/group-registry.ts'
import { GroupStore } from '../../lib/groups/group-store.ts'
import { groupPartition } from '../../lib/groups/offsets-item.ts'
import { type Payloads, payloadRef } from '../../lib/groups/payload.ts'
import type { StoredGroup } from '../../lib/groups/state-item.ts'
import { itemBytes } from '../../lib/store/item-size.ts'
import type { MetaStore } from '../../lib/store/meta-store.ts'
import { metaStores } from '../world/meta-stores.ts'
import { seeded } from '../world/seeded.ts'
import { SimClock } from '../world/sim-clock.ts'
import { Died, UnreliableMeta } from '../world/unreliable-meta.ts'

/** A stable group whose members bring these texts. */
function groupOf(texts: readonly string[], generation = 1): { state: ClassicGroup; payloads: Payloads } {
  const bytes = texts.map((text) => Buffer.from(text))
  const members = bytes.map((each, index) => ({
    id: `member-${index}`,
    instanceId: null,
    clientId: 'c',
    clientHost: '/127.0.0.1',
    sessionTimeoutMs: 10_000,
    rebalanceTimeoutMs: 20_000,
    protocols: [{ name: 'range', metadata: payloadRef(each) }],
    assignment: '',
    isNew: false,
    joined: false,
    synced: true,
    seenMs: 0,
  }))
  const state: ClassicGroup = {
    ...emptyClassicGroup(0, generation),
    phase: 'stable',
    protocolType: 'consumer',
    protocolName: 'range',
    leader: 'member-0',
    members,
  }
  return { state, payloads: new Map(bytes.map((each) => [payloadRef(each), each])) }
}

describe.each(metaStores)('a group on $name', ({ open }) => {
  let clock: SimClock
  let meta: MetaStore
  let line: UnreliableMeta
  let store: GroupStore

  const storeOn = (on: MetaStore, seed: number) =>
    new GroupStore({
      meta: on,
      clock,
      entropy: seeded(seed),
      registry: new GroupRegistry({ meta: on, clock }),
      report: () => undefined,
    })
  const save = (before: StoredGroup | undefined, texts: readonly string[], on = store, generation = 1) =>
    on.save('g', before, { ...groupOf(texts, generation), by: 'me', claimedMs: 0 })
  const saved = async (...of: Parameters<typeof save>): Promise<StoredGroup> => {
    const answer = await clock.run(save(...of))
    if (!('stored' in answer)) throw new Error('refused')
    return answer.stored
  }
  const textsOf = async (stored: StoredGroup) =>
    [...((await store.payloads('g', stored)) ?? []).values()].map((bytes) => Buffer.from(bytes).toString()).sort()
  const items = async () => (await meta.query(groupPartition('g'), { strong: true })).items
  const blobs = async () => (await items()).filter(({ sk }) => sk.startsWith('blob#'))

  beforeEach(() => {
    clock = new SimClock()
    meta = open()
    line = new UnreliableMeta(meta)
    store = storeOn(line, 1)
  })

  test('with little to remember is one item and one write', async () => {
    const stored = await saved(undefined, ['a', 'b'])
    line.reset()
    const next = await saved(stored, ['a', 'c'])
    expect(line.calls).toEqual(['put'])
    expect(await textsOf(next)).toEqual(['a', 'c'])
    expect(await items()).toHaveLength(1)
    expect(itemBytes((await items())[0] as never)).toBeLessThan(1_000)
  })

  test('with more has it in items of their own; what nobody names any more goes, and few are put together', async () => {
    let stored: StoredGroup | undefined
    for (let round = 0; round < 3 * groupBlobsMax; round++) {
      const texts = [String(round), String(round + 1)].map((text) => text.padEnd(2_000, '-'))
      stored = await saved(stored, texts)
      expect(stored.blobs.length).toBeLessThanOrEqual(groupBlobsMax)
      expect((await textsOf(stored)).length).toBeGreaterThanOrEqual(2)
      for (const text of texts) expect(await textsOf(stored)).toContain(text)
    }
    expect((await blobs()).length).toBe(2 * (stored?.blobs.length ?? 0))
    stored = await saved(stored, [])
    expect(await items()).toHaveLength(1)
  })

  test('with very much has it in many items', async () => {
    const text = 'x'.repeat(2.5 * groupBlobBytes)
    const stored = await saved(undefined, [text])
    expect(await blobs()).toHaveLength(4)
    expect(await textsOf(stored)).toEqual([text])
  })

  test('of a thousand members is an item far below what a store takes', async () => {
    const stored = await saved(
      undefined,
      Array.from({ length: 1_000 }, (_, index) => `subscription of ${index}`),
    )
    expect(await textsOf(stored)).toHaveLength(1_000)
    const state = (await items()).find(({ sk }) => sk === 'state')
    expect(itemBytes(state as never)).toBeLessThan(60_000)
  })

  test('written by two at once is what the first wrote, and the second is told', async () => {
    const stored = await saved(undefined, ['a'])
    const other = storeOn(meta, 2)
    const theirs = await saved(stored, ['b'], other)
    expect(await clock.run(save(stored, ['c']))).toEqual({ found: theirs })
  })

  test('whose write is answered late knows that it was its own, also when another has written since', async () => {
    const stored = await saved(undefined, ['a'])
    line.reset((write) => (write === 0 ? 'answer-lost' : 'done'))
    line.before = async () => {
      if (line.writes !== 2) return
      const current = await storeOn(meta, 3).load('g')
      await save(current, ['theirs'], storeOn(meta, 4))
    }
    expect(await saved(stored, ['mine'])).toMatchObject({ state: { members: [{ id: 'member-0' }] } })
  })

  test('is as it was, or as it was to be, when its writer dies before any of its writes; the rest is swept', async () => {
    const before = ['one', 'two'].map((text) => text.padEnd(2_000, '-'))
    const after = ['three', 'four'].map((text) => text.padEnd(2_000, '-'))
    for (let fatal = 0; ; fatal++) {
      meta = open()
      line = new UnreliableMeta(meta)
      store = storeOn(line, 10 + fatal)
      // Until the items of payloads have to be put together.
      let stored: StoredGroup | undefined
      for (let round = 0; round < groupBlobsMax; round++)
        stored = await saved(stored, [...before, `${round}`.repeat(1_500)])
      if (stored === undefined) throw new Error('nothing was saved')
      line.reset((write) => (write === fatal ? 'dies' : 'done'))
      const ended = await clock.run(save(stored, after, store, 2).catch((fault: unknown) => fault))
      const there = await storeOn(meta, 99).load('g')
      if (there === undefined) throw new Error('the group is gone')
      const isNew = there.state.kind === 'classic' && there.state.generation === 2
      const wanted = isNew ? after : before
      expect(await textsOf(there)).toEqual(expect.arrayContaining(wanted))
      clock.jump(groupBlobAgeMs + 1)
      await clock.run(sweepBlobs({ meta, clock, store: storeOn(meta, 98) }, 'g'))
      const left = await storeOn(meta, 97).load('g')
      const named = new Set(left?.blobs)
      expect((await blobs()).every(({ sk }) => named.has(sk.split('#')[1] ?? ''))).toBe(true)
      expect(await textsOf(left as StoredGroup)).toEqual(expect.arrayContaining(wanted))
      if (!(ended instanceof Died)) break
    }
  })

  test('a writer that was only slow is refused once its payloads were swept', async () => {
    const stored = await saved(undefined, ['a'])
    let wakeUp = () => {}
    const frozen = new Promise<void>((resolve) => {
      wakeUp = resolve
    })
    line.reset()
    // Its payloads are there, an index and a part; it freezes before it writes the state that names them.
    line.before = () => (line.writes === 3 ? frozen : Promise.resolve())
    const slow = save(stored, ['slow'.padEnd(2_000, '-')])
    while ((await blobs()).length < 2 || line.writes < 3) await clock.pass(1)
    clock.jump(groupBlobAgeMs + 1)
    await clock.run(sweepBlobs({ meta, clock, store: storeOn(meta, 98) }, 'g'))
    expect(await blobs()).toEqual([])
    wakeUp()
    expect(await clock.run(slow)).toMatchObject({ found: { blobs: [] } })
  })

  test('swept again costs one query', async () => {
    await saved(undefined, ['a'])
    line.reset()
    await sweepBlobs({ meta: line, clock, store }, 'g')
    expect(line.calls).toEqual(['query'])
  })
})
