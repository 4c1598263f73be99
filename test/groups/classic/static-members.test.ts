/** KIP-345: members with an instance id, which come back as who they were. */
import { describe, expect, test } from 'vitest'
import { ClassicHarness } from './classic-harness.ts'

const refused = (problem: string) => expect.objectContaining({ kind: 'refused', problem })
const instances = (index: number) => ({ instanceId: `i${index}` })

describe('a static member', () => {
  test('is a member at once, without being told an id first', () => {
    const group = new ClassicHarness()
    group.join({ instanceId: 'i', requiresKnownMemberId: true })
    expect(group.group).toMatchObject({ phase: 'completing', members: [{ instanceId: 'i' }] })
  })

  test('that comes back takes its predecessor’s place without a rebalance, and fences it', () => {
    const group = new ClassicHarness()
    const [first = '', second = ''] = group.stable(2, instances)
    const { generation } = group.group
    const before = group.group.members[1]?.assignment
    const reply = group.join({ instanceId: 'i1', freshMemberId: 'back' })
    expect(reply).toMatchObject({ kind: 'join', generation, memberId: 'back', leader: first, members: [] })
    expect(group.group).toMatchObject({ phase: 'stable', generation })
    expect(group.sync('back', { instanceId: 'i1' })).toMatchObject({ kind: 'sync', assignment: before })
    expect(group.beat(second, generation, 'i1')).toEqual(refused('fenced-instance'))
    expect(group.judge({ memberId: second, instanceId: 'i1', generation })).toBe('fenced-instance')
    expect(group.join({ memberId: second, instanceId: 'i1' })).toEqual(refused('fenced-instance'))
    expect(group.sync(second, { instanceId: 'i1' })).toEqual(refused('fenced-instance'))
  })

  test('that leads is not told so when it comes back, or told that its assignment stands (KIP-814)', () => {
    const group = new ClassicHarness()
    const [first = ''] = group.stable(2, instances)
    expect(group.join({ instanceId: 'i0', freshMemberId: 'old-client' })).toMatchObject({
      leader: first,
      skipAssignment: false,
      members: [],
    })
    expect(group.join({ instanceId: 'i0', freshMemberId: 'new-client', maySkipAssignment: true })).toMatchObject({
      leader: 'new-client',
      skipAssignment: true,
      members: [{ instanceId: 'i0' }, { instanceId: 'i1' }],
    })
  })

  test('that comes back with protocols which change the group’s begins a rebalance', () => {
    const group = new ClassicHarness()
    group.stable(2, () => ({
      protocols: ['range', 'sticky'].map((name) => ({ name, metadata: Buffer.from(name) })),
      instanceId: `i${group.state?.members.length ?? 0}`,
    }))
    group.join({ instanceId: 'i1', protocols: [{ name: 'sticky', metadata: Buffer.from('s') }] })
    expect(group.group.phase).toBe('preparing')
  })

  test('that comes back while the leader assigns begins a rebalance: the assignment is for its old id', () => {
    const group = new ClassicHarness()
    const [first = ''] = group.stable(2, instances)
    group.join({ memberId: first, instanceId: 'i0' })
    group.rejoinAll()
    expect(group.group.phase).toBe('completing')
    group.join({ instanceId: 'i1' })
    expect(group.group.phase).toBe('preparing')
  })

  test('whose predecessor waits fences it: it is told so', () => {
    const group = new ClassicHarness()
    const [first = '', second = ''] = group.stable(2, instances)
    const waiting = group.join({ memberId: first, instanceId: 'i0' })
    expect(group.answer(waiting)).toBe('wait')
    group.join({ instanceId: 'i0', freshMemberId: 'back' })
    expect(group.answer(waiting)).toMatchObject({ kind: 'refused', problem: 'fenced-instance', memberId: first })
    expect(group.members).toEqual(['back', second])
  })

  test('stays in the group while it is away, until its session ends', () => {
    const group = new ClassicHarness()
    group.stable(2, instances)
    group.pass(9_999)
    expect(group.members).toHaveLength(2)
    group.pass(1)
    expect(group.group).toMatchObject({ phase: 'empty', members: [] })
  })

  test('is put out by an operator by its instance id', () => {
    const group = new ClassicHarness()
    const [first = ''] = group.stable(2, instances)
    const members = [
      { memberId: '', instanceId: 'i1' },
      { memberId: '', instanceId: 'nobody' },
      { memberId: 'wrong', instanceId: 'i0' },
    ]
    expect(group.send({ kind: 'leave', members })).toMatchObject({
      members: [{ problem: null }, { problem: 'unknown-member' }, { problem: 'fenced-instance' }],
    })
    expect(group.members).toEqual([first])
  })
})
