/** The two implementations of DynamoDB that `npm run test:stores` starts, and a fresh table on each for a test. */
import { onTestFinished } from 'vitest'
import { systemClock, systemEntropy } from '../../lib/base/system.ts'
import { createDynamoClient } from '../../lib/store/adapters/dynamodb/client.ts'
import { createDynamoMetaStore, type DynamoOptions } from '../../lib/store/adapters/dynamodb/meta-store.ts'
import { createTable } from '../../lib/store/adapters/dynamodb/table.ts'
import type { MetaStore } from '../../lib/store/meta-store.ts'

export interface DynamoStandIn {
  readonly name: string
  /** Undefined: it was not started, and its tests are skipped. */
  readonly endpoint: string | undefined
  /** See `MetaConformanceOptions`. */
  readonly lenient: boolean
}

export const dynamoStandIns: readonly DynamoStandIn[] = [
  { name: 'dynoxide', endpoint: process.env.GREGOR_TEST_DYNOXIDE, lenient: true },
  { name: 'DynamoDB Local', endpoint: process.env.GREGOR_TEST_DYNAMODB_LOCAL, lenient: false },
]

let tables = 0

/** A store on a table of its own, whose connections end with the test. */
export async function freshTable(
  endpoint: string,
  options: Partial<Pick<DynamoOptions, 'onConsumed' | 'clock' | 'callMsMax'>> = {},
): Promise<MetaStore> {
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
  const client = createDynamoClient({ region: 'us-east-1', endpoint, credentials })
  onTestFinished(() => client.destroy())
  const tableName = `gregor-${process.pid}-${Date.now()}-${tables++}`
  await createTable(client, tableName, systemClock)
  return createDynamoMetaStore({ client, tableName, clock: systemClock, entropy: systemEntropy, ...options })
}
