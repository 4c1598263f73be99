import { describe, expect, test } from 'vitest'
import { payloadRef } from '../../../lib/groups/payload.ts'
import { ClassicHarness } from './classic-harness.ts'

const refused = (problem: string) => expect.objectContaining({ kind: 'refused', problem })

describe('a newcomer', () => {
  test('without an id is told one first, where its version knows that (KIP-394)', () => {
    const group = new ClassicHarness()
    expect(group.join({ requiresKnownMemberId: true })).toEqual({
      kind: 'refused',
      problem: 'member-id-required',
      memberId: 'member-1',
    })
    expect(group.group).toMatchObject({ phase: 'empty', members: [], pending: [{ id: 'member-1' }] })
    group.join({ memberId: 'member-1', requiresKnownMemberId: true })
    expect(group.group).toMatchObject({ phase: 'completing', generation: 1, pending: [], leader: 'member-1' })
  })

  test('that does not come back with its id is forgotten after its session time-out, and nobody waits longer', () => {
    const group = new ClassicHarness()
    const [first = ''] = group.stable(1)
    group.join({ requiresKnownMemberId: true })
    group.join({ memberId: first, metadata: 'changed' })
    expect(group.group.phase).toBe('preparing')
    group.pass(10_000)
    expect(group.group).toMatchObject({ phase: 'completing', pending: [] })
  })

  test('with an id that nobody was given is unknown', () => {
    const group = new ClassicHarness()
    expect(group.join({ memberId: 'made-up' })).toEqual(refused('unknown-member'))
    expect(group.state).toBeUndefined()
    group.stable(1)
    expect(group.join({ memberId: 'made-up' })).toEqual(refused('unknown-member'))
  })

  test('waits with the others for the first generation, longer while more come, and at most a rebalance time-out', () => {
    const group = new ClassicHarness({ initialRebalanceDelayMs: 3_000 })
    group.join()
    group.pass(2_000)
    group.join()
    group.pass(1_000)
    expect(group.group.phase).toBe('preparing')
    for (let waited = 3_000; waited < 20_000; waited += 1_000) {
      expect(group.group.phase).toBe('preparing')
      group.join()
      group.pass(1_000)
    }
    expect(group.group).toMatchObject({ phase: 'completing', generation: 1 })
    expect(group.members).toHaveLength(19)
  })

  test('that waits and is gone is out after five minutes', () => {
    const group = new ClassicHarness()
    const [first = ''] = group.stable(1, () => ({ rebalanceTimeoutMs: 1_000_000 }))
    group.join({ rebalanceTimeoutMs: 1_000_000 })
    for (let waited = 0; waited < 300_000; waited += 5_000) {
      expect(group.members).toHaveLength(2)
      group.pass(5_000)
      group.beat(first)
    }
    expect(group.members).toEqual([first])
  })

  test.each([
    { name: 'too short', sessionTimeoutMs: 5_999 },
    { name: 'too long', sessionTimeoutMs: 1_800_001 },
  ])('with a session time-out that is $name is refused', ({ sessionTimeoutMs }) => {
    expect(new ClassicHarness().join({ sessionTimeoutMs })).toEqual(refused('invalid-session-timeout'))
  })

  test('finds no place in a full group, and a member keeps its own', () => {
    const group = new ClassicHarness({ membersMax: 2 })
    const [first = ''] = group.stable(2)
    expect(group.join()).toEqual(refused('group-full'))
    expect(group.answer(group.join({ memberId: first, metadata: 'changed' }))).toBe('wait')
  })

  test.each([
    { name: 'of another protocol type', more: { protocolType: 'connect' } },
    { name: 'without a protocol', more: { protocols: [] } },
    { name: 'without a type', more: { protocolType: '' } },
    { name: 'with no protocol that all have', more: { protocols: [{ name: 'other', metadata: Buffer.from('m') }] } },
  ])('$name is inconsistent with the group', ({ more }) => {
    const group = new ClassicHarness()
    group.stable(1)
    expect(group.join(more)).toEqual(refused('inconsistent-protocol'))
  })

  test('of any protocol type may come to a group that is empty again', () => {
    const group = new ClassicHarness()
    const [first = ''] = group.stable(1)
    group.send({ kind: 'leave', members: [{ memberId: first, instanceId: null }] })
    group.join({ protocolType: 'connect' })
    expect(group.group).toMatchObject({ protocolType: 'connect', phase: 'completing', generation: 3 })
  })
})

describe('a generation', () => {
  test('uses the protocol that all have and most prefer', () => {
    const group = new ClassicHarness({ initialRebalanceDelayMs: 1_000 })
    const protocols = (...names: string[]) => names.map((name) => ({ name, metadata: Buffer.from(name) }))
    group.join({ protocols: protocols('a', 'b', 'c') })
    group.join({ protocols: protocols('c', 'b') })
    group.join({ protocols: protocols('d', 'c', 'b') })
    group.join({ protocols: protocols('c', 'b', 'a') })
    group.pass(1_000)
    group.pass(1_000)
    expect(group.group.protocolName).toBe('c')
  })

  test('tells its leader what everybody brings, and the others nothing', () => {
    const group = new ClassicHarness({ initialRebalanceDelayMs: 1_000 })
    const replies = ['x', 'y'].map((metadata) => group.join({ metadata }))
    group.pass(1_000)
    group.pass(1_000)
    const [first, second] = replies.map((reply) => group.answer(reply))
    expect(first).toMatchObject({
      kind: 'join',
      generation: 1,
      leader: 'member-1',
      memberId: 'member-1',
      members: [
        { memberId: 'member-1', metadata: payloadRef(Buffer.from('x')) },
        { memberId: 'member-2', metadata: payloadRef(Buffer.from('y')) },
      ],
    })
    expect(second).toMatchObject({ kind: 'join', memberId: 'member-2', leader: 'member-1', members: [] })
  })

  test('is not waited for by those that do not join within the rebalance time-out', () => {
    const group = new ClassicHarness()
    const [first = '', second = ''] = group.stable(2)
    group.join({ memberId: second, metadata: 'changed' })
    for (let waited = 0; waited < 20_000; waited += 5_000) {
      expect(group.group.phase).toBe('preparing')
      expect(group.beat(first)).toEqual(refused('rebalance-in-progress'))
      group.pass(5_000)
    }
    expect(group.group).toMatchObject({ phase: 'completing', leader: second, members: [{ id: second }] })
  })

  test('keeps a static member that did not join, and has another leader than it', () => {
    const group = new ClassicHarness()
    const [first = '', second = ''] = group.stable(2, (index) =>
      index === 0 ? { instanceId: 'i', sessionTimeoutMs: 60_000 } : {},
    )
    expect(group.group.leader).toBe(first)
    group.join({ memberId: second, metadata: 'changed' })
    group.pass(20_000)
    expect(group.group).toMatchObject({ phase: 'completing', leader: second })
    expect(group.members).toEqual([first, second])
  })
})

describe('a member that joins again', () => {
  test('with the same metadata is told the generation it has missed', () => {
    const group = new ClassicHarness()
    const [, second = ''] = group.stable(2)
    expect(group.join({ memberId: second })).toMatchObject({ kind: 'join', generation: 2, memberId: second })
    expect(group.group).toMatchObject({ phase: 'stable', generation: 2 })
  })

  test('with other metadata, or as the leader, begins a rebalance', () => {
    const group = new ClassicHarness()
    const [first = '', second = ''] = group.stable(2)
    group.join({ memberId: second, metadata: 'changed' })
    expect(group.group.phase).toBe('preparing')
    group.rejoinAll()
    group.syncAll()
    expect(group.group).toMatchObject({ phase: 'stable', generation: 3 })
    group.join({ memberId: first })
    expect(group.group.phase).toBe('preparing')
  })

  test('while the leader assigns, and with other metadata, calls everybody back: what the leader brings is for nobody', () => {
    const group = new ClassicHarness()
    const [first = '', second = ''] = group.stable(2)
    group.join({ memberId: first })
    group.join({ memberId: second })
    expect(group.group.phase).toBe('completing')
    const waiting = group.sync(second)
    group.join({ memberId: second, metadata: 'changed' })
    expect(group.answer(waiting)).toEqual(refused('rebalance-in-progress'))
    expect(group.sync(first)).toEqual(refused('rebalance-in-progress'))
  })

  test('twice, in one write, is one member', () => {
    const group = new ClassicHarness()
    group.join({ freshMemberId: 'same' })
    group.join({ freshMemberId: 'same' })
    expect(group.members).toEqual(['same'])
  })
})
