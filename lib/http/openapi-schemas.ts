/** The shapes of requests and answers. Those of v2 and v3 are the Confluent REST Proxy's. */
import { flag, integer, list, object, orNull, ref, type Schema, text } from './openapi-parts.ts'

const offset = integer('An offset.', 0, Number.MAX_SAFE_INTEGER)
const partition = integer('A partition.', 0, 9_999)
const base64: Schema = { type: 'string', contentEncoding: 'base64' }
const related = object({ related: text })

const resource = (properties: Readonly<Record<string, Schema>>) =>
  object({
    kind: text,
    metadata: object({ self: text, resource_name: text }),
    cluster_id: text,
    ...properties,
  })

const resources = (name: string) =>
  object({ kind: text, metadata: object({ self: text, next: orNull(text) }), data: list(ref(name)) })

const configEntry = object({
  name: text,
  'value?': { description: 'null: back to the default.' },
  'operation?': { enum: ['SET', 'DELETE', 'APPEND', 'SUBTRACT', null] },
})

export const schemas: Readonly<Record<string, Schema>> = {
  Error: object({
    error_code: { type: 'integer', description: 'The HTTP status, or the status and two digits, such as 40401.' },
    message: text,
  }),
  ProduceRequest: object({
    records: list(
      object({
        'key?': { description: 'Any JSON; base64 in the binary format.' },
        'value?': { description: 'Any JSON; base64 in the binary format. null is a tombstone.' },
        'partition?': orNull(partition),
        'timestamp?': orNull(integer('Milliseconds since the epoch; default: now.')),
        'headers?': orNull(list(ref('RecordHeader'))),
      }),
      { minItems: 1 },
    ),
    'key_schema?': {},
    'key_schema_id?': {},
    'value_schema?': {},
    'value_schema_id?': {},
  }),
  RecordHeader: object({ key: text, 'value?': orNull(base64) }),
  ProduceResponse: object({
    offsets: {
      ...list({
        anyOf: [
          object({ partition, offset: orNull(offset) }),
          object({ error_code: { type: 'integer' }, error: text }),
        ],
      }),
      description: 'One for each record, in their order. The offset is null under acks=0.',
    },
    key_schema_id: { type: 'null' },
    value_schema_id: { type: 'null' },
  }),
  Records: list(
    object({
      topic: text,
      partition,
      offset,
      timestamp: integer('Milliseconds since the epoch; -1: the record has none.', -1),
      key: { description: 'JSON, text as a string, or base64 in the binary format.' },
      value: { description: 'JSON, text as a string, or base64 in the binary format.' },
      headers: list(object({ key: text, value: orNull(base64) })),
    }),
  ),
  PartitionOffsets: {
    anyOf: [
      object({ beginning_offset: offset, end_offset: offset }),
      object({
        offset: integer('The first record at or after the timestamp; -1: none is that new.', -1),
        timestamp: integer('Its timestamp.', -1),
      }),
    ],
  },
  LowWatermark: object({ low_watermark: offset }),
  TopicNames: list(text),
  Topic: object({
    name: text,
    configs: { type: 'object', additionalProperties: text },
    partitions: list(ref('Partition')),
  }),
  Partition: object({
    partition,
    leader: { type: 'integer' },
    replicas: list(object({ broker: { type: 'integer' }, leader: flag, in_sync: flag })),
  }),
  Partitions: list(ref('Partition')),
  GroupOffsets: object({ offsets: list(ref('GroupOffset')) }),
  GroupOffset: object({
    topic: text,
    partition,
    offset,
    'metadata?': text,
    'leader_epoch?': integer('The epoch of the last record read.', -1),
  }),
  Health: object({ status: { const: 'ok' } }),
  Document: { type: 'object', required: ['openapi', 'info', 'paths'] },
  ClusterData: resource({
    controller: related,
    acls: related,
    brokers: related,
    broker_configs: related,
    consumer_groups: related,
    topics: related,
    partition_reassignments: related,
  }),
  ClusterDataList: resources('ClusterData'),
  CreateTopicRequest: object({
    topic_name: text,
    'partitions_count?': orNull(
      integer('1 to 10,000. -1, as in Kafka, null or none: the default of the cluster, 1 if it has no other.', -1),
    ),
    'replication_factor?': { enum: [1, -1, null] },
    'replicas_assignments?': {},
    'configs?': orNull(list(configEntry)),
    'validate_only?': orNull(flag),
  }),
  UpdatePartitionCountRequest: object({ partitions_count: integer('Never fewer than there are.', 1) }),
  TopicData: resource({
    topic_name: text,
    is_internal: flag,
    replication_factor: { type: 'integer' },
    partitions_count: { type: 'integer' },
    partitions: related,
    configs: related,
    partition_reassignments: related,
  }),
  TopicDataList: resources('TopicData'),
  PartitionData: resource({
    topic_name: text,
    partition_id: partition,
    leader: related,
    replicas: related,
    reassignment: related,
  }),
  PartitionDataList: resources('PartitionData'),
  PartitionWithOffsetsData: resource({
    topic_name: text,
    partition_id: partition,
    earliest_offset: offset,
    latest_offset: offset,
  }),
  TopicConfigData: resource({
    topic_name: text,
    name: text,
    value: orNull(text),
    is_default: flag,
    is_read_only: flag,
    is_sensitive: flag,
    source: text,
    synonyms: list(object({ name: text, value: orNull(text), source: text })),
  }),
  TopicConfigDataList: resources('TopicConfigData'),
  UpdateConfigRequest: object({ 'value?': { description: 'null: back to the default.' } }),
  AlterConfigsRequest: object({ data: list(configEntry), 'validate_only?': orNull(flag) }),
  ConsumerGroupData: resource({
    consumer_group_id: text,
    is_simple: flag,
    partition_assignor: text,
    state: text,
    type: text,
    is_mixed_consumer_group: flag,
    coordinator: related,
    consumers: related,
    lag_summary: related,
  }),
  ConsumerGroupDataList: resources('ConsumerGroupData'),
  ConsumerData: resource({
    consumer_group_id: text,
    consumer_id: text,
    instance_id: orNull(text),
    client_id: text,
    assignments: related,
  }),
  ConsumerDataList: resources('ConsumerData'),
  ConsumerLagData: resource({
    consumer_group_id: text,
    topic_name: text,
    partition_id: partition,
    current_offset: offset,
    log_end_offset: offset,
    lag: integer('Records between the two.'),
    consumer_id: text,
    instance_id: orNull(text),
    client_id: text,
  }),
  ConsumerLagDataList: resources('ConsumerLagData'),
  ConsumerGroupLagSummaryData: resource({
    consumer_group_id: text,
    max_lag_consumer_id: text,
    max_lag_instance_id: orNull(text),
    max_lag_client_id: text,
    max_lag_topic_name: text,
    max_lag_partition_id: partition,
    max_lag: integer('Of the partition that is furthest behind.'),
    total_lag: integer('Of all partitions.'),
    max_lag_consumer: related,
    max_lag_partition: related,
  }),
}
