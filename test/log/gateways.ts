import type { PartitionId } from '../../lib/base/ids.ts'
import { LeasedBrokers } from '../../lib/cluster/leased-brokers.ts'
import { chooseBroker } from '../../lib/cluster/rendezvous.ts'
import { newHead, parseHead } from '../../lib/log/head.ts'
import { HeadHints } from '../../lib/log/head-hints.ts'
import { headKey, partitionKey } from '../../lib/log/keys.ts'
import { LeaderBalance } from '../../lib/log/leader-balance.ts'
import type { PartitionLeader } from '../../lib/log/leader-types.ts'
import { PartitionLeaders } from '../../lib/log/leaders.ts'
import { Log } from '../../lib/log/log.ts'
import { seeded } from '../world/seeded.ts'
import { SimClock } from '../world/sim-clock.ts'
import { UnreliableMeta } from '../world/unreliable-meta.ts'
import { batchOf, memoryStores, p0, partitionOf } from './world.ts'

export const sessionMs = 9_000
export const ids = Array.from({ length: 24 }, (_, partition) => partitionOf(partition))

export function world() {
  const clock = new SimClock()
  const stores = memoryStores()
  const gateway = (id: number) => {
    const meta = new UnreliableMeta(stores.meta)
    const entropy = seeded(id)
    const report = () => {}
    const node = { id, host: '127.0.0.1', port: 9090 + id, rack: null }
    const brokers = new LeasedBrokers({ meta, clock, entropy, report }, node)
    const hints = new HeadHints({ clock })
    const elections: string[] = []
    const onElection = ({ partition }: PartitionId, { leader, leaderEpoch }: PartitionLeader) =>
      void elections.push(`${partition}: ${leader} in ${leaderEpoch}`)
    const leaders = new PartitionLeaders({ meta, clock, brokers, hints, onElection })
    const balance = new LeaderBalance({ meta, clock, brokers, hints, report, onElection })
    const log = new Log({ ...stores, meta, clock, entropy, hints, brokerId: id })
    const produce = async (value: string, partition = p0) => {
      const check = await leaders.check(partition, -1)
      if (check.outcome !== 'leader') return check
      return log.append(partition, batchOf([value]), { leaderEpoch: check.leaderEpoch })
    }
    return { id, node, meta, brokers, hints, leaders, balance, log, produce, elections }
  }
  const head = async (partition = p0) =>
    parseHead((await stores.meta.get(headKey(partition), { strong: true })) ?? newHead(partition))
  /** Both started, and each has seen the other. */
  const two = async () => {
    const [one, two] = [gateway(1), gateway(2)]
    await clock.run(one.brokers.start())
    await clock.run(two.brokers.start())
    await clock.pass(2_100)
    return [one, two] as const
  }
  const die = (dead: ReturnType<typeof gateway>) => {
    dead.meta.fate = () => 'lost'
  }
  return { clock, stores, gateway, head, two, die }
}

export type Gateway = ReturnType<ReturnType<typeof world>['gateway']>

/** The gateway that all agree on for a partition without a head, and the other one. */
export function ordered(gateways: readonly [Gateway, Gateway], partition = p0): [Gateway, Gateway] {
  const chosen = chooseBroker(
    partitionKey(partition),
    gateways.map(({ node }) => node),
  )?.id
  return gateways[0].id === chosen ? [gateways[0], gateways[1]] : [gateways[1], gateways[0]]
}
