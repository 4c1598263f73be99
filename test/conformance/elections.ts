/**
 * What elections do to a head on any MetaStore, and what it remembers of them, held against the whole truth.
 */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { leaderEpochsMax } from '../../lib/base/limits.ts'
import { systemClock as clock } from '../../lib/base/system.ts'
import { elect } from '../../lib/log/election.ts'
import { epochEndIn, epochsOf } from '../../lib/log/epochs.ts'
import { deletedEpoch, type Head, newHead, parseHead } from '../../lib/log/head.ts'
import { headKey } from '../../lib/log/keys.ts'
import type { MetaStore } from '../../lib/store/meta-store.ts'
import { p0 } from '../log/world.ts'
import { UnreliableMeta } from '../world/unreliable-meta.ts'

const readHead = async (meta: MetaStore) => parseHead((await meta.get(headKey(p0), { strong: true })) ?? newHead(p0))
const elected = (head: Head | undefined) => ({ epoch: head?.epoch, leader: head?.leader })

/** Kafka's answer from a history that forgets nothing: the largest epoch with a record at or below, and where it ended. */
function truthOf(epochs: readonly number[], asked: number) {
  const end = epochs.findIndex((each) => each > asked)
  return end === -1 ? epochs.length : end
}

/** `numRuns`: histories that are tried. */
export function elections(
  open: () => MetaStore | Promise<MetaStore>,
  { numRuns = 200 }: { numRuns?: number } = {},
): void {
  it('begin an epoch where the log ends at that moment, whatever the view', async () => {
    const meta = await open()
    await meta.put({ ...newHead(p0, 1), n: 7 })
    const view = await readHead(meta)
    await meta.update(headKey(p0), [{ set: ['n'], to: { value: 9 } }])
    const head = await elect({ meta, clock }, p0, view, 2)
    expect(head).toMatchObject({ epoch: 1, leader: 2, epochBegins: { 0: 0, 1: 9 } })
  })

  it('are won by the first of those who hold the same view, and the others are told', async () => {
    const meta = await open()
    await meta.put(newHead(p0, 1))
    const view = await readHead(meta)
    const results = await Promise.all([2, 3, 4].map((leader) => elect({ meta, clock }, p0, view, leader)))
    const [first] = results
    expect(first?.epoch).toBe(1)
    for (const result of results) expect(elected(result)).toEqual(elected(first))
  })

  it('do not depose the next leader when a copy arrives late', async () => {
    const meta = await open()
    await meta.put(newHead(p0, 1))
    const line = new UnreliableMeta(meta)
    line.fate = () => 'twice'
    await elect({ meta: line, clock }, p0, await readHead(meta), 2)
    await elect({ meta, clock }, p0, await readHead(meta), 3)
    await line.deliver()
    expect(await readHead(meta)).toMatchObject({ epoch: 2, leader: 3 })
  })

  it('whose answer is lost are done once', async () => {
    const meta = await open()
    await meta.put(newHead(p0, 1))
    const line = new UnreliableMeta(meta)
    line.fate = (write) => (write === 0 ? 'answer-lost' : 'done')
    const view = await readHead(meta)
    expect(elected(await elect({ meta: line, clock }, p0, view, 2))).toEqual({ epoch: 1, leader: 2 })
    expect(line.writes).toBe(2)
  })

  it('are not held on a deleted topic, nor where there is no head', async () => {
    const meta = await open()
    const made = parseHead(newHead(p0, 1))
    expect(await elect({ meta, clock }, p0, made, 2)).toBeUndefined()
    await meta.put({ ...newHead(p0, 1), e: deletedEpoch })
    expect((await elect({ meta, clock }, p0, made, 2))?.epoch).toBe(deletedEpoch)
    expect((await elect({ meta, clock }, p0, await readHead(meta), 2))?.epoch).toBe(deletedEpoch)
    expect(await readHead(meta)).toMatchObject({ epoch: -1, leader: 1 })
  })

  it('are held on heads from before there were elections', async () => {
    const meta = await open()
    await meta.put({ ...newHead(p0), n: 5 })
    await meta.update(headKey(p0), [{ remove: ['b'] }])
    const head = await elect({ meta, clock }, p0, await readHead(meta), 2)
    expect(head).toMatchObject({ epoch: 1, leader: 2, epochBegins: { 0: 0, 1: 5 } })
    expect(head && epochsOf(head)(4)).toBe(0)
  })

  it('leave a history that never errs below the truth, and not at all until it must forget', async () => {
    const step = fc.record({ appended: fc.nat(3), trims: fc.boolean() })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 24 }), async (steps) => {
        const meta = await open()
        await meta.put(newHead(p0, 1))
        /** By offset: the epoch that each record was appended under. */
        const epochs: number[] = []
        const stamped = new Map<number, number>()
        for (const [index, { appended, trims }] of steps.entries()) {
          for (let n = 0; n < appended; n++) epochs.push(index)
          const logStart = trims ? Math.floor(epochs.length / 2) : 0
          const { logStart: before } = await readHead(meta)
          await meta.update(headKey(p0), [
            { set: ['n'], to: { value: epochs.length } },
            { set: ['s'], to: { value: Math.max(before, logStart) } },
          ])
          const head = await elect({ meta, clock }, p0, await readHead(meta), index)
          expect(head?.epoch).toBe(index + 1)
          if (!head) return
          expect(Object.keys(head.epochBegins).length).toBeLessThanOrEqual(leaderEpochsMax)
          // The epoch that ends here takes a place even when nothing was appended in it: whether, only the store knows.
          const held = new Set([...epochs.slice(head.logStart), index])
          const isWhole = held.size < leaderEpochsMax
          const epochAt = epochsOf(head)
          for (let at: number = head.logStart; at < head.next; at++) {
            if (isWhole) expect(epochAt(at as never), `the epoch of ${at}`).toBe(epochs[at])
            expect(epochAt(at as never)).toBeGreaterThanOrEqual(stamped.get(at) ?? 0)
            stamped.set(at, epochAt(at as never))
            // What a record is said to be of never ended before that record.
            expect(epochEndIn(head, epochAt(at as never)).endOffset).toBeGreaterThan(at)
          }
          for (let asked = 0; asked <= head.epoch; asked++) {
            const { leaderEpoch, endOffset } = epochEndIn(head, asked)
            expect(leaderEpoch).toBeLessThanOrEqual(asked)
            expect(endOffset, `the end of ${asked}`).toBeGreaterThanOrEqual(truthOf(epochs, asked))
            if (isWhole && truthOf(epochs, asked) >= head.logStart) expect(endOffset).toBe(truthOf(epochs, asked))
          }
        }
      }),
      { numRuns },
    )
  })
}
