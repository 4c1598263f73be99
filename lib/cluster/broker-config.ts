/**
 * A broker's config: what was set on it, by Kafka's names as text, checked and read into values. `BrokerConfig` has one
 * field for each definition, named as Kafka's config in camel case, so that code cannot ask for what is not there.
 */
import { assert } from '../base/assert.ts'
import { quotedLengthMax } from '../base/limits.ts'
import type { BrokerConfigDefinition } from './broker-config-definition.ts'
import { type BrokerConfigName, brokerConfigDefinitions } from './broker-config-definitions.ts'
import { closestName } from './closest-name.ts'
import { type ConfigType, type ConfigValue, readConfigValue } from './config-values.ts'

/** What was set: name to text. */
export type BrokerConfigs = Readonly<Record<string, string>>

type Definitions = typeof brokerConfigDefinitions

type CamelCase<Name extends string> = Name extends `${infer First}.${infer Rest}`
  ? `${First}${Capitalize<CamelCase<Rest>>}`
  : Name

type ValueOfType<Type extends ConfigType> = Type extends 'boolean'
  ? boolean
  : Type extends 'list'
    ? readonly string[]
    : Type extends 'string'
      ? string
      : number

type ValueOf<Name extends BrokerConfigName> =
  | ValueOfType<Definitions[Name]['type']>
  | (Definitions[Name]['default'] extends null ? null : never)

/**
 * The values in force: `num.partitions` is `numPartitions`. Numbers beyond 2^53 - 1 (Kafka's 2^63 - 1 means "never") are
 * cut there. Dynamic configs change while the broker runs: read a field each time it is needed.
 */
export type BrokerConfig = { readonly [Name in BrokerConfigName as CamelCase<Name>]: ValueOf<Name> }

/** All names in alphabetic order. */
export const brokerConfigNames = Object.keys(brokerConfigDefinitions).sort() as readonly BrokerConfigName[]

/**
 * What the configuration that Kafka brings for a first start sets and Gregor's defaults do not: for `gregor start`, below
 * what its user sets.
 */
export const firstStartConfigs: BrokerConfigs = { 'group.initial.rebalance.delay.ms': '0' }

/** The definition of a config, or `undefined` when none of that name is known. */
export function brokerConfigDefinition(name: string): BrokerConfigDefinition | undefined {
  return Object.hasOwn(brokerConfigDefinitions, name) ? brokerConfigDefinitions[name as BrokerConfigName] : undefined
}

/** A sentence that names the config and says what is wrong, or `undefined` when all are legal together. */
export function brokerConfigsProblem(configs: BrokerConfigs): string | undefined {
  for (const [name, text] of Object.entries(configs)) {
    const problem = brokerConfigProblem(name, text)
    if (problem !== undefined) return problem
  }
  return contradiction(brokerConfig(configs))
}

/** A sentence that says what is wrong with one config, or `undefined`. */
export function brokerConfigProblem(name: string, text: string): string | undefined {
  const definition = brokerConfigDefinition(name)
  if (definition === undefined) return unknownBrokerConfig(name)
  const reading = readConfigValue(text, definition.type, definition.rule)
  return 'value' in reading ? undefined : `${name} must be ${reading.mustBe}; it is '${shortened(text)}'.`
}

/** The sentence for a config that is not known, with the one that was probably meant. */
export function unknownBrokerConfig(name: string): string {
  const near = closestName(name, brokerConfigNames)
  const hint = near === undefined ? '' : ` Did you mean ${near}?`
  return `There is no broker config named '${shortened(name)}'.${hint}`
}

/** The values that configs stand for, defaults where nothing is set. They must have passed `brokerConfigsProblem`. */
export function brokerConfig(configs: BrokerConfigs): BrokerConfig {
  const config: { [property: string]: ConfigValue | null } = { ...unset() }
  for (const name of brokerConfigNames) {
    const set = configs[name]
    if (set !== undefined) config[camelCase(name)] = brokerConfigValue(name, set)
  }
  return config as BrokerConfig
}

let defaults: BrokerConfig | undefined

/** Where nothing is set; read once, for there are many of them and few are ever set. */
function unset(): BrokerConfig {
  defaults ??= Object.fromEntries(
    brokerConfigNames.map((name) => [camelCase(name), brokerConfigValue(name, undefined)]),
  ) as BrokerConfig
  return defaults
}

function brokerConfigValue(name: BrokerConfigName, set: string | undefined): ConfigValue | null {
  const definition: BrokerConfigDefinition = brokerConfigDefinitions[name]
  const text = set ?? definition.default
  if (text === null) return null
  const reading = readConfigValue(text, definition.type, definition.rule)
  assert('value' in reading, `an illegal value of ${name} was kept`)
  const { value } = reading
  if (typeof value !== 'bigint') return value
  return Math.max(Number.MIN_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, Number(value)))
}

/** What single values do not show: Kafka's own requirements, in words. */
function contradiction(config: BrokerConfig): string | undefined {
  const ordered: readonly [string, number, string, number][] = [
    [
      'group.min.session.timeout.ms',
      config.groupMinSessionTimeoutMs,
      'group.max.session.timeout.ms',
      config.groupMaxSessionTimeoutMs,
    ],
    [
      'group.consumer.min.session.timeout.ms',
      config.groupConsumerMinSessionTimeoutMs,
      'group.consumer.session.timeout.ms',
      config.groupConsumerSessionTimeoutMs,
    ],
    [
      'group.consumer.session.timeout.ms',
      config.groupConsumerSessionTimeoutMs,
      'group.consumer.max.session.timeout.ms',
      config.groupConsumerMaxSessionTimeoutMs,
    ],
    [
      'group.consumer.min.heartbeat.interval.ms',
      config.groupConsumerMinHeartbeatIntervalMs,
      'group.consumer.heartbeat.interval.ms',
      config.groupConsumerHeartbeatIntervalMs,
    ],
    [
      'group.consumer.heartbeat.interval.ms',
      config.groupConsumerHeartbeatIntervalMs,
      'group.consumer.max.heartbeat.interval.ms',
      config.groupConsumerMaxHeartbeatIntervalMs,
    ],
    [
      'group.consumer.heartbeat.interval.ms',
      config.groupConsumerHeartbeatIntervalMs,
      'group.consumer.session.timeout.ms',
      config.groupConsumerSessionTimeoutMs - 1,
    ],
    [
      'broker.heartbeat.interval.ms',
      config.brokerHeartbeatIntervalMs,
      'half of broker.session.timeout.ms',
      config.brokerSessionTimeoutMs / 2,
    ],
  ]
  for (const [lower, lowerValue, upper, upperValue] of ordered) {
    if (lowerValue > upperValue) return `${lower} (${lowerValue}) is more than ${upper} allows (${upperValue}).`
  }
  return undefined
}

function camelCase(name: string): string {
  return name.replaceAll(/\.([a-z])/g, (_, letter: string) => letter.toUpperCase())
}

function shortened(text: string): string {
  return text.length <= quotedLengthMax ? text : `${text.slice(0, quotedLengthMax)}...`
}
