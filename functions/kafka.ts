/**
 * The Kafka protocol over HTTPS: all functions together are broker 0, which is told to clients at whatever address they
 * reach it. It needs to read and write items and objects.
 */
import { LateBroker } from '../lib/broker/late-broker.ts'
import { functionsBrokerId } from '../lib/cluster/brokers.ts'
import { clusterId } from '../lib/cluster/cluster-id.ts'
import { kafkaRoutes } from '../lib/http/kafka-routes.ts'
import { SoleLeaders } from '../lib/log/sole-leaders.ts'
import { ProducerIds } from '../lib/transactions/producer-ids.ts'
import { bucket } from './bucket.ts'
import { brokerSettings, clock, entropy, logOn, groups as offsets, report, topics } from './environment.ts'
import { brokers, groupMembers } from './group-members.ts'
import { serveWith } from './serve.ts'
import { meta } from './stores.ts'

const log = logOn(bucket.objects)
const world = { topics, log, offsets, meta, clock, entropy, report }
const broker = new LateBroker(async () => ({
  ...world,
  brokers,
  brokerSettings,
  settings: brokerSettings.config,
  groups: groupMembers,
  leaders: new SoleLeaders({ meta, self: functionsBrokerId }),
  producerIds: new ProducerIds({ meta, clock }),
  clusterId: await clusterId({ meta, clock, entropy }),
}))

export const handler = serveWith({ log, broker }, 'kafka', bucket, kafkaRoutes)
