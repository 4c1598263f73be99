/**
 * Items in one DynamoDB table. Every write is one request with its guard as a condition, and every answer carries the item:
 * `ALL_NEW` when it is done, `ALL_OLD` when its condition failed. A page of a query is one request; keys of a batch that
 * DynamoDB leaves unprocessed are asked for again.
 */
import {
  BatchGetItemCommand,
  ConditionalCheckFailedException,
  type ConsumedCapacity,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb'
import { batchGetKeysMax, batchGetsAtOnceMax } from '../../../base/limits.ts'
import { StoreUnavailable } from '../../errors.ts'
import { compareUtf8 } from '../../evaluate.ts'
import { checkGuard, checkKey, checkKeys, checkPut, checkQuery, checkUpdate } from '../../meta-call.ts'
import type { Answer, Change, Guard, Item, Key, MetaStore, QueryRange, ReadOptions } from '../../meta-store.ts'
import { type Attributes, attributes, itemOf } from './attribute-value.ts'
import { expressions } from './expression.ts'
import { Patience, type PatienceOptions } from './patience.ts'

export interface DynamoOptions extends PatienceOptions {
  /** From `createDynamoClient`, or one without retries of its own. */
  readonly client: DynamoDBClient
  readonly tableName: string
  /** Told the units of each answer (not of refusals, which DynamoDB does not tell), for tests that count the bill. */
  readonly onConsumed?: (units: number) => void
}

/** A meta store on a table with the string keys `pk` and `sk`. */
export function createDynamoMetaStore(options: DynamoOptions): MetaStore {
  return new DynamoMetaStore(options)
}

class DynamoMetaStore implements MetaStore {
  readonly #client: DynamoDBClient
  readonly #patience: Patience
  readonly #onConsumed: ((units: number) => void) | undefined
  readonly #table: { readonly TableName: string; readonly ReturnConsumedCapacity?: 'TOTAL' }

  constructor(options: DynamoOptions) {
    this.#client = options.client
    this.#patience = new Patience(options)
    this.#onConsumed = options.onConsumed
    this.#table = { TableName: options.tableName, ...(options.onConsumed && { ReturnConsumedCapacity: 'TOTAL' }) }
  }

  async get(key: Key, options: ReadOptions = {}): Promise<Item | undefined> {
    checkKey(key)
    const command = new GetItemCommand({ ...this.#table, Key: keyOf(key), ConsistentRead: options.strong === true })
    const answer = await this.#patience.read(`get ${key.sk}`, (abortSignal) =>
      this.#client.send(command, { abortSignal }),
    )
    this.#consumed(answer.ConsumedCapacity)
    return answer.Item && itemOf(answer.Item)
  }

  async getMany(keys: readonly Key[], options: ReadOptions = {}): Promise<(Item | undefined)[]> {
    checkKeys(keys)
    const found = new Map<string, Item>()
    const batches: Key[][] = []
    for (let start = 0; start < keys.length; start += batchGetKeysMax)
      batches.push(keys.slice(start, start + batchGetKeysMax))
    for (let start = 0; start < batches.length; start += batchGetsAtOnceMax) {
      const atOnce = batches.slice(start, start + batchGetsAtOnceMax)
      await Promise.all(atOnce.map((batch) => this.#getBatch(batch, options, found)))
    }
    return keys.map((key) => found.get(identity(key)))
  }

  async query(pk: string, range: QueryRange = {}): Promise<{ items: Item[]; more: boolean }> {
    checkQuery(pk, range)
    const { from = '', to, limit } = range
    // DynamoDB refuses a range that is empty or that ends in an empty key.
    if (to === '' || (to !== undefined && compareUtf8(from, to) > 0)) return { items: [], more: false }
    const command = new QueryCommand({
      ...this.#table,
      ...keyCondition(pk, from, to),
      ConsistentRead: range.strong === true,
      ScanIndexForward: range.reverse !== true,
      ...(limit !== undefined && { Limit: limit }),
    })
    const answer = await this.#patience.read(`query ${pk}`, (abortSignal) =>
      this.#client.send(command, { abortSignal }),
    )
    this.#consumed(answer.ConsumedCapacity)
    return { items: (answer.Items ?? []).map(itemOf), more: answer.LastEvaluatedKey !== undefined }
  }

  async put(item: Item, guard: Guard = []): Promise<Answer> {
    checkPut(item, guard)
    const command = new PutItemCommand({
      ...this.#table,
      Item: attributes(item),
      ...expressions([], guard),
      ...whatIsThere,
    })
    return this.#write(
      `put ${item.sk}`,
      (abortSignal) => this.#client.send(command, { abortSignal }),
      () => item,
    )
  }

  async update(key: Key, change: Change, guard: Guard = []): Promise<Answer> {
    checkUpdate(key, change, guard)
    const what = { ...expressions(change, guard), ...whatIsThere, ReturnValues: 'ALL_NEW' } as const
    const command = new UpdateItemCommand({ ...this.#table, Key: keyOf(key), ...what })
    return this.#write(
      `update ${key.sk}`,
      (abortSignal) => this.#client.send(command, { abortSignal }),
      (answer) => itemOf(answer.Attributes ?? keyOf(key)),
    )
  }

  async delete(key: Key, guard: Guard = []): Promise<{ done: Item | undefined } | { refused: Item | undefined }> {
    checkKey(key)
    checkGuard(guard)
    const what = { ...expressions([], guard), ...whatIsThere, ReturnValues: 'ALL_OLD' } as const
    const command = new DeleteItemCommand({ ...this.#table, Key: keyOf(key), ...what })
    return this.#write(
      `delete ${key.sk}`,
      (abortSignal) => this.#client.send(command, { abortSignal }),
      (answer) => answer.Attributes && itemOf(answer.Attributes),
    )
  }

  /** A failed condition is an answer, not a fault. */
  async #write<Output extends { ConsumedCapacity?: ConsumedCapacity | undefined }, Done>(
    call: string,
    send: (signal: AbortSignal) => Promise<Output>,
    done: (output: Output) => Done,
  ): Promise<{ done: Done } | { refused: Item | undefined }> {
    const outcome = await this.#patience.write(call, async (signal) => {
      try {
        return { output: await send(signal) }
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) return { refusedBy: error.Item }
        throw error
      }
    })
    if (!('output' in outcome)) return { refused: outcome.refusedBy && itemOf(outcome.refusedBy) }
    this.#consumed(outcome.output.ConsumedCapacity)
    return { done: done(outcome.output) }
  }

  /** Reads until DynamoDB leaves nothing unprocessed: an answer has at most 16 MB, and throttling may cut it short. */
  async #getBatch(keys: readonly Key[], options: ReadOptions, found: Map<string, Item>): Promise<void> {
    const { TableName, ...rest } = this.#table
    const call = `get ${keys.length} items`
    let open: Attributes[] = keys.map(keyOf)
    let startedAtMs = this.#patience.now()
    for (let fruitless = 0; open.length > 0; ) {
      const requested = { [TableName]: { Keys: open, ConsistentRead: options.strong === true } }
      const command = new BatchGetItemCommand({ RequestItems: requested, ...rest })
      const answer = await this.#patience.read(call, (abortSignal) => this.#client.send(command, { abortSignal }))
      for (const capacity of answer.ConsumedCapacity ?? []) this.#consumed(capacity)
      const items = answer.Responses?.[TableName] ?? []
      for (const item of items.map(itemOf)) found.set(identity(item), item)
      open = answer.UnprocessedKeys?.[TableName]?.Keys ?? []
      // An answer that brought something starts patience anew: it was cut for its size.
      if (items.length > 0) [fruitless, startedAtMs] = [0, this.#patience.now()]
      else if (open.length > 0 && !(await this.#patience.pause(++fruitless, startedAtMs))) {
        throw new StoreUnavailable(call, new Error(`${open.length} keys stay unprocessed`))
      }
    }
  }

  #consumed(capacity: ConsumedCapacity | undefined): void {
    if (capacity?.CapacityUnits !== undefined) this.#onConsumed?.(capacity.CapacityUnits)
  }
}

const whatIsThere = { ReturnValuesOnConditionCheckFailure: 'ALL_OLD' } as const

function keyCondition(pk: string, from: string, to: string | undefined) {
  const sort =
    to === undefined
      ? from === ''
        ? ''
        : ' AND #s >= :f'
      : from === ''
        ? ' AND #s <= :t'
        : ' AND #s BETWEEN :f AND :t'
  return {
    KeyConditionExpression: `#p = :p${sort}`,
    ExpressionAttributeNames: { '#p': 'pk', ...(sort && { '#s': 'sk' }) },
    ExpressionAttributeValues: {
      ':p': { S: pk },
      ...(from !== '' && { ':f': { S: from } }),
      ...(to !== undefined && { ':t': { S: to } }),
    },
  }
}

function keyOf({ pk, sk }: Key): Attributes {
  return { pk: { S: pk }, sk: { S: sk } }
}

function identity({ pk, sk }: Key): string {
  return JSON.stringify([pk, sk])
}
