/**
 * The API's description, OpenAPI 3.1, served at `/openapi.json`. A test holds it to the routes, both ways, and every answer
 * that the tests see to its schemas.
 */
import { longPollMsMax, recordsBytesDefault } from '../base/limits.ts'
import { mediaType } from './media-types.ts'
import { integer, list, type Operation, operation, ref, text } from './openapi-parts.ts'
import { schemas } from './openapi-schemas.ts'

const json = [mediaType.json]
const v2 = [mediaType.v2, mediaType.json]
const produce = {
  query: { acks: { enum: ['0', '1', 'all', '-1'], default: 'all', description: '0 answers 202 at once.' } },
  body: {
    schema: ref('ProduceRequest'),
    types: [mediaType.v2Json, mediaType.v2Binary, mediaType.json, mediaType.v2],
  },
  answers: { 200: ref('ProduceResponse'), 202: ref('ProduceResponse') },
  types: v2,
}
const page = {
  page_size: integer('Entries of one answer.', 1, 1_000),
  page_token: { ...text, description: 'From metadata.next of the answer before.' },
}
const groupQuery = {
  topic: { ...text, description: 'Only this topic.' },
  partition: list({ type: 'integer', minimum: 0 }, { description: 'Only these partitions of it.' }),
}
/** A frame of the Kafka protocol, without its length. */
const frame = { type: 'string', contentMediaType: mediaType.bytes }
const jsonBody = (name: string) => ({ schema: ref(name), types: json })

const cluster = '/v3/clusters/{cluster}'
const topic = `${cluster}/topics/{topic}`
const groups = `${cluster}/consumer-groups`

const operations: Readonly<Record<string, Operation>> = {
  'GET /healthz': { summary: 'Whether this process and both stores answer', answers: { 200: ref('Health') } },
  'GET /metrics': {
    summary: 'What this process counts, in the text format of Prometheus',
    answers: { 200: { type: 'string' } },
    types: [mediaType.text],
  },
  'POST /kafka': {
    summary: 'One request frame of the Kafka protocol, without its length, answered with the response frame',
    body: { schema: frame, types: [mediaType.bytes] },
    answers: { 200: frame, 204: undefined },
    types: [mediaType.bytes],
  },
  'GET /openapi.json': { summary: 'This document', answers: { 200: ref('Document') } },
  'GET /topics': { summary: 'The names of all topics', answers: { 200: ref('TopicNames') }, types: v2 },
  'GET /topics/{topic}': {
    summary: 'One topic with its configs and partitions',
    answers: { 200: ref('Topic') },
    types: v2,
  },
  'POST /topics/{topic}': { summary: 'Produce records, by key or to the partitions that they name', ...produce },
  'GET /topics/{topic}/partitions': { summary: "A topic's partitions", answers: { 200: ref('Partitions') }, types: v2 },
  'GET /topics/{topic}/partitions/{partition}': {
    summary: 'One partition',
    answers: { 200: ref('Partition') },
    types: v2,
  },
  'POST /topics/{topic}/partitions/{partition}': { summary: 'Produce records to one partition', ...produce },
  'GET /topics/{topic}/partitions/{partition}/offsets': {
    summary: 'Where a partition begins and ends, or the first record at or after a timestamp',
    query: { timestamp: integer('Milliseconds since the epoch.') },
    answers: { 200: ref('PartitionOffsets') },
    types: v2,
  },
  'GET /topics/{topic}/partitions/{partition}/records': {
    summary: 'Records from an offset or a timestamp on, in the format that Accept asks for',
    query: {
      offset: integer('The first record wanted; default: the first there is.', 0, Number.MAX_SAFE_INTEGER),
      timestamp: integer('In place of offset: the first record at or after it, in milliseconds since the epoch.'),
      max_bytes: { ...integer('Bytes of keys and values; one record always comes.', 1), default: recordsBytesDefault },
      timeout: {
        ...integer('Milliseconds to wait for a record at the end of the log.', 0, longPollMsMax),
        default: 0,
      },
    },
    answers: { 200: ref('Records') },
    types: [mediaType.v2Json, mediaType.v2Binary, mediaType.json],
    headers: {
      'gregor-next-offset': 'The offset to go on from: after the last record, and after what is not shown.',
      'gregor-high-watermark': 'The end of the log.',
      'gregor-log-start-offset': 'The start of the log.',
    },
  },
  'DELETE /topics/{topic}/partitions/{partition}/records': {
    summary: 'Delete the records before an offset',
    query: { before: integer('Records below it go; -1: all.', -1) },
    answers: { 200: ref('LowWatermark') },
    types: v2,
  },
  'GET /groups/{group}/offsets': {
    summary: 'What a consumer group has committed',
    query: groupQuery,
    answers: { 200: ref('GroupOffsets') },
    types: [mediaType.json, mediaType.v2],
  },
  'POST /groups/{group}/offsets': {
    summary: 'Commit offsets for a consumer group: those of the records to read next',
    body: { schema: ref('GroupOffsets'), types: [mediaType.json, mediaType.v2] },
    answers: { 200: ref('GroupOffsets') },
    types: [mediaType.json, mediaType.v2],
  },
  'DELETE /groups/{group}/offsets': {
    summary: 'Forget what a consumer group has committed',
    query: groupQuery,
    answers: { 204: undefined },
  },
  'DELETE /groups/{group}': { summary: 'Forget a consumer group', answers: { 204: undefined } },
  'GET /v3/clusters': { summary: 'The one cluster, as a list', answers: { 200: ref('ClusterDataList') } },
  [`GET ${cluster}`]: { summary: 'The cluster', answers: { 200: ref('ClusterData') } },
  [`GET ${cluster}/topics`]: { summary: 'Topics', query: page, answers: { 200: ref('TopicDataList') } },
  [`POST ${cluster}/topics`]: {
    summary: 'Create a topic; 200 when it was only validated',
    body: jsonBody('CreateTopicRequest'),
    answers: { 200: ref('TopicData'), 201: ref('TopicData') },
  },
  [`GET ${topic}`]: { summary: 'A topic', answers: { 200: ref('TopicData') } },
  [`PATCH ${topic}`]: {
    summary: 'Raise the number of partitions',
    body: jsonBody('UpdatePartitionCountRequest'),
    answers: { 200: ref('TopicData') },
  },
  [`DELETE ${topic}`]: { summary: 'Delete a topic', answers: { 204: undefined } },
  [`GET ${topic}/partitions`]: { summary: 'Partitions', query: page, answers: { 200: ref('PartitionDataList') } },
  [`GET ${topic}/partitions/{partition}`]: { summary: 'A partition', answers: { 200: ref('PartitionData') } },
  [`GET ${topic}/partitions/{partition}/offset`]: {
    summary: 'Where a partition begins and ends',
    answers: { 200: ref('PartitionWithOffsetsData') },
  },
  [`GET ${topic}/configs`]: { summary: 'All configs of a topic', answers: { 200: ref('TopicConfigDataList') } },
  [`POST ${topic}/configs:alter`]: {
    summary: 'Change configs, all or none',
    body: jsonBody('AlterConfigsRequest'),
    answers: { 204: undefined },
  },
  [`GET ${topic}/configs/{name}`]: { summary: 'One config of a topic', answers: { 200: ref('TopicConfigData') } },
  [`PUT ${topic}/configs/{name}`]: {
    summary: 'Set one config',
    body: jsonBody('UpdateConfigRequest'),
    answers: { 204: undefined },
  },
  [`DELETE ${topic}/configs/{name}`]: { summary: 'Put one config back to its default', answers: { 204: undefined } },
  [`GET ${groups}`]: { summary: 'Consumer groups', query: page, answers: { 200: ref('ConsumerGroupDataList') } },
  [`GET ${groups}/{group}`]: { summary: 'A consumer group', answers: { 200: ref('ConsumerGroupData') } },
  [`GET ${groups}/{group}/consumers`]: {
    summary: 'Who is in a consumer group',
    answers: { 200: ref('ConsumerDataList') },
  },
  [`GET ${groups}/{group}/lags`]: {
    summary: 'How far a group is behind, by partition',
    answers: { 200: ref('ConsumerLagDataList') },
  },
  [`GET ${groups}/{group}/lags/{topic}/partitions/{partition}`]: {
    summary: 'How far a group is behind in one partition',
    answers: { 200: ref('ConsumerLagData') },
  },
  [`GET ${groups}/{group}/lag-summary`]: {
    summary: 'How far a group is behind in all, and where most',
    answers: { 200: ref('ConsumerGroupLagSummaryData') },
  },
}

/** The document; `url` is where its paths begin. */
export function openapiDocument(url: string) {
  const paths: Record<string, Record<string, object>> = {}
  for (const [route, described] of Object.entries(operations)) {
    const [method = '', path = ''] = route.split(' ')
    paths[path] = { ...paths[path], [method.toLowerCase()]: operation(path, described) }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Gregor',
      version: '1',
      description:
        'A Kafka cluster over HTTP. Paths, shapes and error codes are those of the Confluent REST Proxy (v2 for producing, v3 for administration) where it has them.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url }],
    paths,
    components: { schemas },
  }
}
