/**
 * A broker's lease: item `cluster` / `broker#<id>`, the id in ten digits.
 *
 * Lifetime: put by a broker that starts, if there is none or it has lapsed; renewed by the same process; deleted by it when
 * it closes, or by any broker when it has lapsed for a day. Size: about 200 bytes, one write unit.
 *
 * | attribute | what | may change only |
 * |---|---|---|
 * | `host`, `port`, `rack` | where clients reach it; no `rack`: null | with `incarnation` |
 * | `incarnation` | which process it is, drawn at its start | when the lease has lapsed |
 * | `until` | ms; when the lease lapses, by the holder's clock | by the holder; a late copy may take it back, for liveness only |
 */
import type { Change, Clause, Guard, Item, Key } from '../store/meta-store.ts'
import type { BrokerNode } from './brokers.ts'

export interface BrokerLease {
  readonly node: BrokerNode
  readonly incarnation: string
  readonly untilMs: number
}

/** Of 2^31 - 1, so that bytewise order is numeric order. */
const idDigits = 10

export const brokersPartition = 'cluster'
const sortKeyOf = (id: number) => `broker#${String(id).padStart(idDigits, '0')}`
export const brokersFrom = sortKeyOf(0)
export const brokersTo = sortKeyOf(2 ** 31 - 1)

export const brokerKey = (id: number): Key => ({ pk: brokersPartition, sk: sortKeyOf(id) })

export const leaseItem = ({ node, incarnation, untilMs }: BrokerLease): Item => ({
  ...brokerKey(node.id),
  host: node.host,
  port: node.port,
  ...(node.rack !== null && { rack: node.rack }),
  incarnation,
  until: untilMs,
})

export function leaseFromItem(item: Item): BrokerLease {
  const id = Number(item.sk.slice(item.sk.indexOf('#') + 1))
  const rack = typeof item.rack === 'string' ? item.rack : null
  return {
    node: { id, host: item.host as string, port: item.port as number, rack },
    incarnation: item.incarnation as string,
    untilMs: item.until as number,
  }
}

export const renewal = (untilMs: number): Change => [{ set: ['until'], to: { value: untilMs } }]

/**
 * It is still this process's: another one that has the same id took it after it had lapsed.
 *
 *   first:   holds the lease, is stopped ............................ renews -> refused: it is no longer the broker of its id
 *   second:                               the lease has lapsed: takes it
 */
export const leaseIsOf = (incarnation: string): Clause => ({
  path: ['incarnation'],
  is: '=',
  than: { value: incarnation },
})

/** There is no lease, or nobody has renewed it: of two processes with one id the second is refused. */
export const leaseLapsedBy = (nowMs: number): Guard => [
  { path: ['until'], is: '<', than: { value: nowMs }, orAbsent: true },
]

/** The lease that was seen, and not renewed since. */
export const leaseUnchanged = ({ incarnation, untilMs }: BrokerLease): Guard => [
  leaseIsOf(incarnation),
  { path: ['until'], is: '=', than: { value: untilMs } },
]
