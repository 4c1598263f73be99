/** The checks of `npm run test:chaos` see each kind of loss: a checker that finds nothing proves nothing. */
import { describe, expect, it } from 'vitest'
import { buildBatch } from '../../lib/records/build.ts'
import { violationsOf } from './checks.ts'
import { History } from './history.ts'
import { LogView } from './log-view.ts'

const batch = (producer: string, n: number, idempotent = true) => ({
  producer,
  partition: 0,
  idempotent,
  values: [0, 1].map((index) => `${producer}/${n}/${index}`),
})

/** One producer's two batches, acknowledged at 0 and 2. */
function acknowledged(idempotent = true): History {
  const history = new History()
  for (const n of [0, 1]) history.acknowledge(history.send(batch('a', n, idempotent)), n * 2)
  return history
}
const whole = ['a/0/0', 'a/0/1', 'a/1/0', 'a/1/1']
const judge = ({ sent, now }: History, log: readonly string[]) => violationsOf(sent, [log], now)

describe('a log is wrong when', () => {
  it.for([
    ['an acknowledged record is gone', whole.slice(0, 2), 'acknowledged at 2, and is not there'],
    ['a record is there twice', [...whole, 'a/1/0', 'a/1/1'], 'twice'],
    ['a record lies elsewhere than it was said to', ['x/0/0', ...whole], 'acknowledged at 0, and lies at 1'],
    ['a batch is torn', ['a/0/0', 'a/1/0', 'a/0/1', 'a/1/1'], 'do not lie together'],
    ['a producer’s order is another', ['a/1/0', 'a/1/1', 'a/0/0', 'a/0/1'], 'earlier'],
    ['it holds what nobody sent', [...whole, 'b/0/0'], 'nobody sent'],
  ] as const)('%s', ([, log, what]) => {
    expect(judge(acknowledged(), log).join()).toContain(what)
  })

  it('what was refused is there', () => {
    const history = acknowledged()
    history.refuse(history.send(batch('b', 0, false)))
    expect(judge(history, whole)).toEqual([])
    expect(judge(history, [...whole, 'b/0/0', 'b/0/1'])).toEqual(['b/0/0 was refused, and lies at 4'])
  })
})

it('what was not answered may be there or not, and late where it has no sequence', () => {
  const history = new History()
  const late = history.send(batch('a', 0, false))
  history.acknowledge(history.send(batch('a', 1, false)), 0)
  expect(late.outcome.kind).toBe('unknown')
  expect(judge(history, ['a/1/0', 'a/1/1'])).toEqual([])
  expect(judge(history, ['a/1/0', 'a/1/1', 'a/0/0', 'a/0/1'])).toEqual([])
})

it('what was acknowledged while the log was being read may lie behind its end', () => {
  const { sent } = acknowledged()
  expect(violationsOf(sent, [whole.slice(0, 2)], 1)).toEqual([])
})

it('a commit that went back is seen, and one that nobody made', () => {
  const history = new History()
  history.offerCommit(0, 7)
  history.commit(0, 7)
  history.sawCommitted(0, 7, 7)
  expect(history.wrongs).toEqual([])
  history.sawCommitted(0, 6, 7)
  history.sawCommitted(0, 8, 7)
  expect(history.wrongs).toHaveLength(2)
})

describe('a view of a log', () => {
  const ofEpoch = (leaderEpoch: number, baseOffset: number, ...values: string[]) =>
    buildBatch({ now: 1, baseOffset, leaderEpoch, records: values.map((value) => ({ value: Buffer.from(value) })) })

  const bytes = (baseOffset: number, ...values: string[]) => ofEpoch(0, baseOffset, ...values)

  it('grows, and is content when it is read again', () => {
    const view = new LogView('p')
    expect(view.take(0, bytes(0, 'a', 'b'))).toBe(2)
    expect(view.take(2, bytes(2, 'c'))).toBe(3)
    expect(view.take(1, Buffer.concat([bytes(0, 'a', 'b'), bytes(2, 'c')]))).toBe(3)
    expect([view.values, view.wrongs, view.readAgain]).toEqual([['a', 'b', 'c'], [], 2])
  })

  it('takes a later leader epoch for the same batch, and no earlier one', () => {
    const view = new LogView('p')
    for (const epoch of [3, 5]) view.take(0, ofEpoch(epoch, 0, 'a'))
    expect(view.wrongs).toEqual([])
    view.take(0, ofEpoch(2, 0, 'a'))
    expect(view.wrongs).toHaveLength(1)
  })

  it('sees other bytes, holes, and batches that begin elsewhere', () => {
    for (const [from, again] of [
      [0, bytes(0, 'a', 'x')],
      [2, bytes(3, 'c')],
      [1, bytes(1, 'b', 'c')],
    ] as const) {
      const view = new LogView('p')
      view.take(0, bytes(0, 'a', 'b'))
      view.take(from, again)
      expect(view.wrongs).not.toEqual([])
    }
  })
})
