/**
 * Configs as DescribeConfigs shows them (KIP-226, KIP-569): each with its value, where that comes from, and its synonyms,
 * the configs that would hold if it were not set, in the order in which they win. Kafka's `ConfigHelper` decides the
 * details; the wire's numbers are made where messages are.
 */
import { assert } from '../base/assert.ts'
import { type BrokerConfig, type BrokerConfigs, brokerConfigDefinition, brokerConfigNames } from './broker-config.ts'
import type { BrokerConfigDefinition } from './broker-config-definition.ts'
import { brokerConfigSynonyms, type ConfigLayers, mergedLayers, topicDefaultsOf } from './broker-config-layers.ts'
import type { ConfigType } from './config-values.ts'
import type { TopicConfigs } from './topic-config.ts'
import { type TopicConfigDefinition, topicConfigDefinitions, topicConfigNames } from './topic-config-definitions.ts'

export type ConfigSource = 'topic' | 'group' | 'broker' | 'all-brokers' | 'started' | 'default'

interface ConfigSynonym {
  readonly name: string
  readonly value: string | null
  readonly source: ConfigSource
}

export interface DescribedConfig {
  readonly name: string
  readonly value: string | null
  readonly source: ConfigSource
  /** Whether it can be altered while brokers run. */
  readonly readOnly: boolean
  readonly type: ConfigType
  readonly documentation: string
  readonly synonyms: readonly ConfigSynonym[]
}

/** Every topic config, in alphabetic order. */
export function describeTopic(configs: TopicConfigs, layers: ConfigLayers): DescribedConfig[] {
  const defaults = topicDefaultsOf(mergedLayers(layers))
  return topicConfigNames.map((name) => {
    const definition: TopicConfigDefinition = topicConfigDefinitions[name]
    const set = configs[name]
    const synonyms = definition.serverName === undefined ? [] : layerSynonyms(definition.serverName, layers)
    return {
      name,
      value: set ?? defaults[name] ?? definition.default,
      readOnly: false,
      type: definition.type,
      documentation: definition.documentation,
      ...chosen(set === undefined ? synonyms : [{ name, value: set, source: 'topic' }, ...synonyms]),
    }
  })
}

/** Every config of the broker that this process is, in alphabetic order. */
export function describeBroker(layers: ConfigLayers): DescribedConfig[] {
  const merged = mergedLayers(layers)
  return brokerConfigNames.map((name) => brokerEntry(name, merged[name], layerSynonyms(name, layers)))
}

/** What is set for all brokers: Kafka's default resource, whose name is empty. */
export function describeAllBrokers(layers: ConfigLayers): DescribedConfig[] {
  return Object.keys(layers.all)
    .sort()
    .map((name) => {
      const synonyms = layerSynonyms(name, layers).filter(({ source }) => source === 'all-brokers')
      return brokerEntry(name, layers.all[name], synonyms)
    })
}

/**
 * What a consumer group is given (KIP-848), by the names of group configs, in alphabetic order. What is not set on the group
 * is the broker's, which Kafka shows as a default of the group's own name, wherever the broker has it from.
 */
export function describeGroup(set: Readonly<Record<string, string>>, config: BrokerConfig): DescribedConfig[] {
  const entry = (name: string, given: number, serverName: string): DescribedConfig => {
    const value = set[name]?.trim() ?? String(given)
    const source: ConfigSource = set[name] === undefined ? 'default' : 'group'
    const documentation = brokerConfigDefinition(serverName)?.documentation ?? ''
    return { name, value, source, readOnly: false, type: 'int', documentation, synonyms: [{ name, value, source }] }
  }
  return [
    entry(
      'consumer.heartbeat.interval.ms',
      config.groupConsumerHeartbeatIntervalMs,
      'group.consumer.heartbeat.interval.ms',
    ),
    entry('consumer.session.timeout.ms', config.groupConsumerSessionTimeoutMs, 'group.consumer.session.timeout.ms'),
  ]
}

function brokerEntry(name: string, set: string | undefined, synonyms: readonly ConfigSynonym[]): DescribedConfig {
  const definition: BrokerConfigDefinition | undefined = brokerConfigDefinition(name)
  assert(definition !== undefined, `a broker config without a definition: ${name}`)
  return {
    name,
    value: set ?? definition.default,
    readOnly: definition.update === 'read-only',
    type: definition.type,
    documentation: definition.documentation,
    ...chosen(synonyms),
  }
}

const chosen = (synonyms: readonly ConfigSynonym[]) => ({ source: synonyms[0]?.source ?? 'default', synonyms }) as const

/** As in Kafka, what would win over the name itself is not named: a coarser unit has no finer synonym. */
function layerSynonyms(name: string, layers: ConfigLayers): ConfigSynonym[] {
  const names = brokerConfigSynonyms(name)
  const inLayer = (configs: BrokerConfigs, source: ConfigSource) =>
    names.flatMap((synonym): ConfigSynonym[] => {
      const value = configs[synonym]
      return value === undefined ? [] : [{ name: synonym, value, source }]
    })
  const defaults = names.flatMap((synonym): ConfigSynonym[] => {
    const value = brokerConfigDefinition(synonym)?.default ?? null
    return value === null ? [] : [{ name: synonym, value, source: 'default' }]
  })
  const all = [
    ...inLayer(layers.broker, 'broker'),
    ...inLayer(layers.all, 'all-brokers'),
    ...inLayer(layers.started, 'started'),
    ...defaults,
  ]
  const first = all.findIndex((synonym) => synonym.name === name)
  return first < 0 ? [] : all.slice(first)
}
