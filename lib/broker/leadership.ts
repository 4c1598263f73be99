/**
 * Who may serve a partition, as handlers ask it, and what clients are told when this broker may not (KIP-320, KIP-951).
 * A client that reaches only this broker (over HTTPS, or through a bridge) cannot be sent to another: it is served, which
 * is safe, since leadership is affinity and the guards decide.
 */
import type { PartitionId } from '../base/ids.ts'
import type { BrokerNode } from '../cluster/brokers.ts'
import type { LeaderCheck, PartitionLeader } from '../log/leader-types.ts'
import { errorCodes } from '../wire/error-codes.ts'
import type { RequestContext } from './handler.ts'
import type { BrokerServices } from './services.ts'

export type NotServed = Exclude<LeaderCheck, { outcome: 'leader' }>

/** No promise where memory knows, which is the usual case. */
export function checkLeader(
  services: BrokerServices,
  context: RequestContext,
  id: PartitionId,
  currentLeaderEpoch: number,
): LeaderCheck | Promise<LeaderCheck> {
  const checked = services.leaders.check(id, currentLeaderEpoch)
  if (context.advertised === undefined) return checked
  return checked instanceof Promise ? checked.then(servedAnyway) : servedAnyway(checked)
}

const servedAnyway = (check: LeaderCheck): LeaderCheck =>
  check.outcome === 'not-leader' ? { outcome: 'leader', leaderEpoch: check.leaderEpoch } : check

/** Kafka's error code for a partition that is not served here. */
export function leaderErrorOf(check: NotServed): number {
  switch (check.outcome) {
    case 'not-leader':
      return errorCodes.NOT_LEADER_OR_FOLLOWER
    case 'fenced-leader-epoch':
      return errorCodes.FENCED_LEADER_EPOCH
    case 'unknown-leader-epoch':
      return errorCodes.UNKNOWN_LEADER_EPOCH
    case 'unknown-partition':
      return errorCodes.UNKNOWN_TOPIC_OR_PARTITION
    case 'unavailable':
      // Not LEADER_NOT_AVAILABLE: a consumer of Java takes that for an error it does not know, and stops.
      return errorCodes.KAFKA_STORAGE_ERROR
  }
}

/** The leader as Produce and Fetch tell it in a tagged field (KIP-951); `undefined` where they tell none. */
export function currentLeaderOf(check: NotServed): ReturnType<typeof leaderIdAndEpoch> | undefined {
  if (check.outcome !== 'not-leader' && check.outcome !== 'fenced-leader-epoch') return undefined
  return leaderIdAndEpoch(check)
}

export const leaderIdAndEpoch = ({ leader, leaderEpoch }: PartitionLeader) => ({ leaderId: leader, leaderEpoch })

/** Where a client reaches those brokers that it was told of as leaders. */
export function nodeEndpointsOf(services: BrokerServices, leaderIds: ReadonlySet<number>) {
  return services.brokers
    .live()
    .filter(({ id }) => leaderIds.has(id))
    .map(({ id, host, port, rack }) => ({ nodeId: id, host, port, rack }))
}

/** The brokers that this client can reach: over HTTPS or a bridge only this one, at the address that it knows. */
export function reachableBrokers({ brokers }: BrokerServices, { advertised }: RequestContext): readonly BrokerNode[] {
  if (advertised === undefined) return brokers.live()
  const self = brokers.live().find(({ id }) => id === brokers.self)
  return [{ id: brokers.self, ...advertised, rack: self?.rack ?? null }]
}

/** Who leads, as this client is told: see `reachableBrokers`. In the order of `ids`. */
export async function leadersFor(
  { brokers, leaders }: BrokerServices,
  { advertised }: RequestContext,
  ids: readonly PartitionId[],
): Promise<readonly PartitionLeader[]> {
  const found = await leaders.of(ids)
  if (advertised === undefined) return found
  return found.map(({ leaderEpoch }) => ({ leader: brokers.self, leaderEpoch }))
}
