/** What the v3 administration is asked for, read from JSON and judged for its shape; what it means is the cluster's affair. */
import type { ConfigAlteration } from '../cluster/config-alteration.ts'
import type { CreateTopic } from '../cluster/topic-answers.ts'
import { isObject } from './request-body.ts'
import { errorCode, quoted, RestError, unknownTopic } from './rest-error.ts'

/** All that `CreateTopicRequestData` has. What is misspelt would make a topic that was not meant. */
const createFields: ReadonlySet<string> = new Set([
  'topic_name',
  'partitions_count',
  'replication_factor',
  'replicas_assignments',
  'configs',
  'validate_only',
])

/** `CreateTopicRequestData` of the REST Proxy's v3. A `replication_factor` is accepted as Kafka's -1 or as what it is: 1. */
export function createRequest(
  body: Record<string, unknown>,
  defaultPartitions: number,
): CreateTopic & { readonly validateOnly: boolean } {
  const unknown = Object.keys(body).find((field) => !createFields.has(field))
  if (unknown !== undefined) {
    throw shape(
      `The body has a field ${quoted(unknown)} that is not known here; known are ${[...createFields].join(', ')}.`,
    )
  }
  const { topic_name, partitions_count, replication_factor, replicas_assignments, validate_only } = body
  if (typeof topic_name !== 'string') throw shape('topic_name must be a string.')
  if (partitions_count !== undefined && partitions_count !== null && !Number.isSafeInteger(partitions_count)) {
    throw shape('partitions_count must be an integer.')
  }
  if (![undefined, null, 1, -1].includes(replication_factor as number | null | undefined)) {
    const message = `A topic has one replica here, whose copies are the object store's affair: leave out replication_factor, or give 1.`
    throw new RestError(errorCode.refusedByKafka, message)
  }
  if (isObject(replicas_assignments) && Object.keys(replicas_assignments).length > 0) {
    throw new RestError(errorCode.refusedByKafka, 'Replicas are not assigned here: leave out replicas_assignments.')
  }
  const configs: Record<string, string> = {}
  for (const { name, value } of configEntries(body.configs, 'configs')) {
    if (Object.hasOwn(configs, name)) throw shape(`configs names ${quoted(name)} twice.`)
    // null: Kafka's default.
    if (value !== null) configs[name] = value
  }
  return {
    name: topic_name,
    // Kafka's -1: the cluster's default.
    partitions: isGiven(partitions_count) ? partitions_count : defaultPartitions,
    configs,
    validateOnly: flag(validate_only, 'validate_only'),
  }
}

/** `UpdatePartitionCountRequestData`. */
export function partitionsCount(body: Record<string, unknown>): number {
  const { partitions_count } = body
  if (typeof partitions_count !== 'number' || !Number.isSafeInteger(partitions_count)) {
    throw shape('partitions_count must be an integer.')
  }
  return partitions_count
}

/** `AlterConfigBatchRequestData`: without an operation a value is set, and null is deleted, as in the REST Proxy. */
export function configAlterations(body: Record<string, unknown>): {
  alterations: ConfigAlteration[]
  validateOnly: boolean
} {
  const alterations = configEntries(body.data, 'data').map(({ name, value, operation }): ConfigAlteration => {
    const asked = operation ?? 'SET'
    if (asked === 'DELETE' || (asked === 'SET' && value === null)) return { name, operation: 'DELETE' }
    if (asked !== 'SET' && asked !== 'APPEND' && asked !== 'SUBTRACT') {
      throw shape(`The operation on ${quoted(name)} must be SET, DELETE, APPEND or SUBTRACT.`)
    }
    if (value === null) throw shape(`${asked} on ${quoted(name)} needs a value.`)
    return { name, operation: asked, value }
  })
  return { alterations, validateOnly: flag(body.validate_only, 'validate_only') }
}

/** `UpdateConfigRequestData`. */
export function configValue(body: Record<string, unknown>): string | null {
  return textOrNull(body.value, 'value')
}

/** What Kafka refuses, as the answer of a request that changes a topic. */
export function throwRefusal(
  topic: string,
  refusal: {
    readonly outcome: 'unknown-topic' | 'contended' | 'invalid-config' | 'invalid-partitions'
    message: string
  },
): never {
  if (refusal.outcome === 'unknown-topic') throw unknownTopic(topic)
  const code = refusal.outcome === 'contended' ? errorCode.contended : errorCode.refusedByKafka
  throw new RestError(code, refusal.message)
}

interface ConfigEntry {
  readonly name: string
  readonly value: string | null
  readonly operation: unknown
}

function configEntries(entries: unknown, where: string): ConfigEntry[] {
  if ((entries === undefined || entries === null) && where === 'configs') return []
  if (!Array.isArray(entries)) throw shape(`${where} must be an array of {"name", "value"}.`)
  return entries.map((entry: unknown, index) => {
    if (!isObject(entry) || typeof entry.name !== 'string') {
      throw shape(`${where}[${index}] must be an object with a name.`)
    }
    return {
      name: entry.name,
      value: textOrNull(entry.value, `${where}[${index}].value`),
      operation: entry.operation ?? undefined,
    }
  })
}

/** Numbers and booleans are taken for what they would be as text: the REST Proxy's JSON reader does so too. */
function textOrNull(value: unknown, where: string): string | null {
  if (value === undefined || value === null) return null
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  throw shape(`${where} must be a string or null.`)
}

function flag(value: unknown, where: string): boolean {
  if (value === undefined || value === null) return false
  if (typeof value !== 'boolean') throw shape(`${where} must be true or false.`)
  return value
}

const isGiven = (count: unknown): count is number => typeof count === 'number' && count !== -1
const shape = (message: string) => new RestError(errorCode.unprocessable, message)
