/**
 * DynamoDB, as every function has it. Its connection is opened while the module loads, which Lambda does with a whole
 * processor, beside the first event's way.
 */
import { systemClock as clock, systemEntropy as entropy } from '../lib/base/system.ts'
import { clusterIdKey } from '../lib/cluster/cluster-id.ts'
import { createDynamoClient } from '../lib/store/adapters/dynamodb/client.ts'
import { createDynamoMetaStore } from '../lib/store/adapters/dynamodb/meta-store.ts'
import { region, tableName } from './settings.ts'
import { traceable } from './tracing.ts'

const table = { client: traceable(createDynamoClient({ region })), tableName, clock, entropy }

export const meta = createDynamoMetaStore(table)

/** One try, whose answer does not matter: what counts is that the store has been spoken to. */
export const connected = Promise.allSettled([createDynamoMetaStore({ ...table, patienceMs: 0 }).get(clusterIdKey)])
