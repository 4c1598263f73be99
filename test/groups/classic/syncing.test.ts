import { describe, expect, test } from 'vitest'
import { payloadRef } from '../../../lib/groups/payload.ts'
import { ClassicHarness } from './classic-harness.ts'

const refused = (problem: string) => expect.objectContaining({ kind: 'refused', problem })

describe('an assignment', () => {
  test('is waited for, and everybody is given its own; who is forgotten has none', () => {
    const group = new ClassicHarness()
    const [first = '', second = ''] = group.stable(2)
    group.join({ memberId: first })
    group.join({ memberId: second })
    const waiting = group.sync(second)
    expect(group.answer(waiting)).toBe('wait')
    const assignment = Buffer.from('all of it')
    expect(group.sync(first, { assignments: [{ memberId: first, assignment }] })).toMatchObject({
      kind: 'sync',
      assignment: payloadRef(assignment),
    })
    expect(group.answer(waiting)).toMatchObject({ kind: 'sync', assignment: '' })
  })

  test.each([
    { name: 'of another generation', more: { generation: 7 }, problem: 'illegal-generation' },
    { name: 'of a stranger', more: { memberId: 'stranger' }, problem: 'unknown-member' },
    { name: 'for another protocol', more: { protocolName: 'other' }, problem: 'inconsistent-protocol' },
    { name: 'for another type', more: { protocolType: 'connect' }, problem: 'inconsistent-protocol' },
  ])('that is asked for $name is refused', ({ more, problem }) => {
    const group = new ClassicHarness()
    const [first = ''] = group.stable(1)
    expect(group.sync(first, more)).toEqual(refused(problem))
    expect(group.sync(first, { protocolName: null, protocolType: null })).toMatchObject({ kind: 'sync' })
  })

  test('that its leader never brings puts it and all that did not ask out, after the rebalance time-out', () => {
    const group = new ClassicHarness()
    const [first = '', second = ''] = group.stable(2)
    group.join({ memberId: first })
    group.join({ memberId: second })
    const waiting = group.sync(second)
    for (let waited = 0; waited < 20_000; waited += 5_000) {
      expect(group.answer(waiting)).toBe('wait')
      group.beat(first)
      group.pass(5_000)
    }
    expect(group.answer(waiting)).toEqual(refused('rebalance-in-progress'))
    expect(group.members).toEqual([second])
  })

  test('that a member never fetches puts it out, though it beats', () => {
    const group = new ClassicHarness()
    const [first = '', second = ''] = group.stable(2)
    group.join({ memberId: first })
    group.join({ memberId: second })
    group.sync(first)
    expect(group.group.phase).toBe('stable')
    for (let waited = 0; waited < 20_000; waited += 5_000) {
      group.beat(first)
      group.beat(second)
      group.pass(5_000)
    }
    expect(group.members).toEqual([first])
  })
})

describe('a heartbeat', () => {
  test('keeps its member; who is silent for its session time-out is out, and the others rebalance', () => {
    const group = new ClassicHarness()
    const [first = '', second = ''] = group.stable(2)
    for (let waited = 0; waited < 9_000; waited += 3_000) {
      group.pass(3_000)
      expect(group.beat(first)).toEqual({ kind: 'heartbeat' })
    }
    expect(group.members).toEqual([first, second])
    group.pass(1_000)
    expect(group.members).toEqual([first])
    expect(group.group.phase).toBe('preparing')
    expect(group.beat(first)).toEqual(refused('rebalance-in-progress'))
    expect(group.beat(second)).toEqual(refused('unknown-member'))
  })

  test('of another generation, or of nobody, is refused', () => {
    const group = new ClassicHarness()
    expect(group.send({ kind: 'heartbeat', memberId: 'x', instanceId: null, generation: 1 })).toEqual(
      refused('unknown-member'),
    )
    const [first = ''] = group.stable(1)
    expect(group.beat(first, 9)).toEqual(refused('illegal-generation'))
    expect(group.beat('stranger')).toEqual(refused('unknown-member'))
  })

  test('changes nothing: the state is the same object', () => {
    const group = new ClassicHarness()
    const [first = ''] = group.stable(1)
    const before = group.state
    group.pass(3_000)
    group.beat(first)
    expect(group.state).toBe(before)
  })
})

describe('leaving', () => {
  test('the last member leaves an empty group, whose generation goes on', () => {
    const group = new ClassicHarness()
    const [first = ''] = group.stable(1)
    group.send({ kind: 'leave', members: [{ memberId: first, instanceId: null }] })
    expect(group.group).toMatchObject({ phase: 'empty', generation: 2, protocolName: null, leader: null, members: [] })
    group.join()
    expect(group.group).toMatchObject({ phase: 'completing', generation: 3 })
  })

  test('a group that nobody knows: every member is unknown, and no group is made', () => {
    const group = new ClassicHarness()
    expect(group.send({ kind: 'leave', members: [{ memberId: 'x', instanceId: null }] })).toEqual({
      kind: 'leave',
      members: [{ memberId: 'x', instanceId: null, problem: 'unknown-member' }],
    })
    expect(group.state).toBeUndefined()
  })

  test('while others wait lets them go on', () => {
    const group = new ClassicHarness()
    const [first = '', second = ''] = group.stable(2)
    const waiting = group.join({ memberId: first })
    expect(group.answer(waiting)).toBe('wait')
    group.send({ kind: 'leave', members: [{ memberId: second, instanceId: null }] })
    expect(group.answer(waiting)).toMatchObject({ kind: 'join', generation: 3, members: [{ memberId: first }] })
  })
})

describe('a commit', () => {
  test('is the members’ while there are any, by their generation', () => {
    const group = new ClassicHarness()
    expect(group.judge({})).toBe('legal')
    expect(group.judge({ memberId: 'x', generation: 3 })).toBe('illegal-generation')
    expect(group.judge({ memberId: 'x', generation: 3 }, 9)).toBe('unknown-group')
    const [first = '', second = ''] = group.stable(2)
    expect(group.judge({ memberId: first, generation: 2 })).toBe('legal')
    expect(group.judge({ memberId: first, generation: 1 })).toBe('illegal-generation')
    expect(group.judge({ memberId: 'x', generation: 2 })).toBe('unknown-member')
    expect(group.judge({})).toBe('unknown-member')
    group.join({ memberId: first })
    // It may say what it has read before it joins again.
    expect(group.judge({ memberId: second, generation: 2 })).toBe('legal')
    group.join({ memberId: second })
    expect(group.judge({ memberId: second, generation: 3 })).toBe('rebalance-in-progress')
    expect(group.judge({ memberId: second, generation: 2 })).toBe('illegal-generation')
  })

  test('is anybody’s once the group is empty', () => {
    const group = new ClassicHarness()
    const [first = ''] = group.stable(1)
    group.send({ kind: 'leave', members: [{ memberId: first, instanceId: null }] })
    expect(group.judge({})).toBe('legal')
    expect(group.judge({ memberId: first, generation: 1 })).toBe('unknown-member')
  })
})

describe('deleting', () => {
  test('a group is for when nobody is in it, and then nobody may join before it is done', () => {
    const group = new ClassicHarness()
    const [first = ''] = group.stable(1)
    expect(group.send({ kind: 'delete' })).toEqual(refused('group-not-empty'))
    group.send({ kind: 'leave', members: [{ memberId: first, instanceId: null }] })
    expect(group.send({ kind: 'delete' })).toEqual({ kind: 'delete' })
    expect(group.join()).toEqual(refused('coordinator-not-available'))
    expect(group.judge({})).toBe('coordinator-not-available')
  })
})
