/** What a function is told by its environment, read once. A setting that is missing fails the deployment, not a request. */
import { readBrokerConfigs } from '../lib/cluster/broker-config-entries.ts'

function required(name: string): string {
  const value = process.env[name]
  if (value === undefined || value === '') throw new Error(`the function's environment has no ${name}`)
  return value
}

/** Set by Lambda. */
export const region = required('AWS_REGION')
export const tableName = required('TABLE_NAME')
export const bucketName = required('BUCKET_NAME')
/** What each object's key begins with, such as `cluster-1/`. */
export const bucketPrefix = process.env.BUCKET_PREFIX ?? ''
/** Of a custom domain's mapping, such as `/gregor`; a stage needs none. */
export const basePath = process.env.BASE_PATH ?? ''
/** Broker configs by Kafka's names, as lines of a `server.properties`. */
const read = readBrokerConfigs({ file: { name: 'BROKER_CONFIGS', text: process.env.BROKER_CONFIGS ?? '' } })
if ('problem' in read) throw new Error(`the function's environment: ${read.problem}`)
export const brokerConfigs = read.configs
/** Partitions of a topic that is created without a number; else the broker config `num.partitions`. */
export const defaultPartitions = Number(process.env.DEFAULT_PARTITIONS ?? brokerConfigs['num.partitions'] ?? 1)
/** For an emulator, which the SDK finds by AWS_ENDPOINT_URL: paths in place of host names, bodies signed over http. */
export const emulated = process.env.S3_FORCE_PATH_STYLE === 'true'
/** By Powertools' own names, so that whoever knows them need not learn ours. */
export const serviceName = process.env.POWERTOOLS_SERVICE_NAME || 'gregor'
export const metricsNamespace = process.env.POWERTOOLS_METRICS_NAMESPACE || 'Gregor'
