/**
 * A DynamoDB client that does what it is told and no more: one call is one request. Its own retries would make a refusal
 * ambiguous without a word: "the condition failed" could then mean that the first try had landed.
 */
import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb'
import { itemSocketsMax } from '../../../base/limits.ts'

export interface DynamoClientOptions {
  readonly region: string
  /** For an emulator. */
  readonly endpoint?: string
  /** Without them the SDK's own chain finds some. */
  readonly credentials?: DynamoDBClientConfig['credentials']
}

/** A client for `createDynamoMetaStore`. It opens no connection before its first call; `destroy()` closes them all. */
export function createDynamoClient({ region, endpoint, credentials }: DynamoClientOptions): DynamoDBClient {
  return new DynamoDBClient({
    region,
    ...(endpoint !== undefined && { endpoint }),
    ...(credentials !== undefined && { credentials }),
    maxAttempts: 1,
    requestHandler: {
      httpAgent: { keepAlive: true, maxSockets: itemSocketsMax },
      httpsAgent: { keepAlive: true, maxSockets: itemSocketsMax },
    },
  })
}
