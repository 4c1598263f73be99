/** Instances of functions on given stores, made as `functions/serve.ts` and `environment.ts` make them. */
import type { Clock } from '../../lib/base/clock.ts'
import type { Entropy } from '../../lib/base/entropy.ts'
import { lambdaResponseBytesMax } from '../../lib/base/limits.ts'
import { BrokerSettings } from '../../lib/cluster/broker-settings.ts'
import { SoleBroker } from '../../lib/cluster/sole-broker.ts'
import { Topics } from '../../lib/cluster/topics.ts'
import { groupSettingsOf } from '../../lib/groups/group-settings.ts'
import { Groups } from '../../lib/groups/groups.ts'
import { GroupOffsets } from '../../lib/groups/offsets.ts'
import { createGroupsApp } from '../../lib/http/app.ts'
import { groupOffsetRoutes } from '../../lib/http/group-offset-routes.ts'
import { lambdaHandler } from '../../lib/http/lambda.ts'
import * as light from '../../lib/http/light-fetch.ts'
import { mediaType } from '../../lib/http/media-types.ts'
import { produceRoutes } from '../../lib/http/produce-routes.ts'
import { recordsRoutes } from '../../lib/http/records-routes.ts'
import type { RouteGroup } from '../../lib/http/routes.ts'
import { Log } from '../../lib/log/log.ts'
import type { MetaStore } from '../../lib/store/meta-store.ts'
import type { ObjectStore } from '../../lib/store/object-store.ts'
import { lambdaEvent } from '../http/lambda-events.ts'

// As the bundles have them (`cdk/bundling.ts`).
Object.assign(globalThis, light)

export interface InstanceParts {
  readonly meta: MetaStore
  readonly objects: ObjectStore
  readonly clock: Clock
  readonly entropy: Entropy
}

const groupsOf = { produce: produceRoutes, fetch: recordsRoutes, commit: groupOffsetRoutes } satisfies Record<
  string,
  RouteGroup
>

/** One instance: cold at first. `call` throws where the answer is no success. */
export class Instance {
  readonly #handler: (event: unknown) => Promise<{ statusCode: number; headers?: object; body: string }>

  constructor(name: keyof typeof groupsOf, parts: InstanceParts) {
    const report = (fault: unknown) => {
      throw fault
    }
    const brokerSettings = new BrokerSettings({ ...parts, brokerId: 0, configs: {} })
    const topics = new Topics({ ...parts, defaults: brokerSettings })
    const groups = new GroupOffsets({ ...parts, topics })
    const log = new Log(parts, { readAheadBytes: 0, foldsFirst: true })
    const brokers = new SoleBroker({ id: 0, host: 'functions', port: 443, rack: null })
    const settings = () => groupSettingsOf(brokerSettings.config)
    const members = new Groups({ ...parts, topics, offsets: groups, brokers, report, settings }).administration
    const limits = { mayWorkAfterAnswer: false, answerBytesMax: lambdaResponseBytesMax }
    const app = createGroupsApp({ ...parts, topics, groups, members, log, report, ...limits }, [groupsOf[name]])
    this.#handler = lambdaHandler(app, { report, settle: () => log.settle({ dropAlone: true }) })
  }

  produce(topic: string, values: readonly Uint8Array[], partition = 0): Promise<unknown> {
    return this.call(produceEvent(topic, values, partition))
  }

  /** The records' count and where to go on. */
  async fetch(topic: string, offset: number, timeoutMs: number, partition = 0) {
    const answer = await this.call(
      lambdaEvent('HTTP API (2.0)', {
        method: 'GET',
        path: `/topics/${topic}/partitions/${partition}/records`,
        query: [
          ['offset', String(offset)],
          ['timeout', String(timeoutMs)],
        ],
        headers: { Accept: mediaType.v2Binary },
      }),
    )
    const next = Number((answer.headers as Record<string, string>)['gregor-next-offset'])
    return { records: (JSON.parse(answer.body) as unknown[]).length, next }
  }

  commit(group: string, topic: string, offset: number): Promise<unknown> {
    return this.call(
      lambdaEvent('HTTP API (2.0)', {
        method: 'POST',
        path: `/groups/${group}/offsets`,
        headers: { 'Content-Type': mediaType.v2, Accept: mediaType.v2 },
        body: JSON.stringify({ offsets: [{ topic, partition: 0, offset }] }),
      }),
    )
  }

  /** One event, as Lambda hands it over. */
  async call(event: object) {
    const answer = await this.#handler(event)
    if (answer.statusCode >= 300) throw new Error(`${answer.statusCode}: ${answer.body}`)
    return answer
  }
}

/** What API Gateway makes of a caller's produce: its own work, not the function's. */
export function produceEvent(topic: string, values: readonly Uint8Array[], partition = 0): object {
  const records = values.map((value) => ({ value: Buffer.from(value).toString('base64') }))
  return lambdaEvent('HTTP API (2.0)', {
    method: 'POST',
    path: `/topics/${topic}/partitions/${partition}`,
    headers: { 'Content-Type': 'application/vnd.kafka.binary.v2+json', Accept: mediaType.v2 },
    body: JSON.stringify({ records }),
  })
}
