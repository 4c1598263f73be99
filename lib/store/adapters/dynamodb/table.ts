/** Makes the table, for tests and for emulators; a deployment's table comes from its stack. */
import {
  CreateTableCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  ResourceInUseException,
} from '@aws-sdk/client-dynamodb'
import type { Clock } from '../../../base/clock.ts'
import { tablePollMs, tablePollsMax } from '../../../base/limits.ts'
import { StoreUnavailable } from '../../errors.ts'

/** Makes the table unless it is there, and waits until it is in use. Throws `StoreUnavailable` when that takes too long. */
export async function createTable(client: DynamoDBClient, tableName: string, clock: Clock): Promise<void> {
  try {
    await client.send(
      new CreateTableCommand({
        TableName: tableName,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [
          { AttributeName: 'pk', AttributeType: 'S' },
          { AttributeName: 'sk', AttributeType: 'S' },
        ],
        KeySchema: [
          { AttributeName: 'pk', KeyType: 'HASH' },
          { AttributeName: 'sk', KeyType: 'RANGE' },
        ],
      }),
    )
  } catch (error) {
    if (!(error instanceof ResourceInUseException)) throw error
  }
  for (let polls = 0; polls < tablePollsMax; polls++) {
    const { Table } = await client.send(new DescribeTableCommand({ TableName: tableName }))
    if (Table?.TableStatus === 'ACTIVE') return
    await clock.sleep(tablePollMs)
  }
  throw new StoreUnavailable(`creating the table ${tableName}`, new Error('it is not active yet'))
}
