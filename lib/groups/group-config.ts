/**
 * What operators set on single groups (KIP-848), by Kafka's names as text: `GroupConfig` of Kafka 4.2, less what is for
 * share and streams groups, of which there are none here. The broker's own configs are the defaults, and its `min` and `max`
 * bound what may be set; Kafka's sentences say what is wrong. Pure.
 */
import { quotedLengthMax, topicConfigEntriesMax } from '../base/limits.ts'
import { type AlteredConfigs, alteredBy, type ConfigAlteration } from '../cluster/config-alteration.ts'
import { readConfigValue } from '../cluster/config-values.ts'
import type { ConsumerGroupSettings, GroupSettings } from './group-settings.ts'

/** What is set on a group: name to text. */
export type GroupConfigs = Readonly<Record<string, string>>

const sessionTimeout = 'consumer.session.timeout.ms'
const heartbeatInterval = 'consumer.heartbeat.interval.ms'
/** In the order in which Kafka looks at them. */
const names = [sessionTimeout, heartbeatInterval]

/** The configs after all alterations (KIP-339); none of those there are is a list. */
export function alteredGroupConfigs(
  configs: GroupConfigs,
  alterations: readonly ConfigAlteration[],
  settings: GroupSettings,
): AlteredConfigs {
  return alteredBy(configs, alterations, {
    definition: (name) => (names.includes(name) ? { type: 'int', default: null } : undefined),
    unknown: unknownName,
    problem: (altered) => groupConfigsProblem(altered, settings),
  })
}

/** Why these cannot be set on a group of this broker, or `undefined`. */
export function groupConfigsProblem(configs: GroupConfigs, { consumer }: GroupSettings): string | undefined {
  const set = Object.keys(configs)
  if (set.length > topicConfigEntriesMax) return `A group has at most ${topicConfigEntriesMax} configs.`
  const unknown = set.find((name) => !names.includes(name))
  if (unknown !== undefined) return unknownName(unknown)
  for (const name of names) {
    const problem = valueProblem(name, configs[name])
    if (problem !== undefined) return problem
  }
  const { sessionTimeoutMs, heartbeatIntervalMs } = withConfigs(consumer, configs)
  const { heartbeatIntervalMsMin, heartbeatIntervalMsMax, sessionTimeoutMsMin, sessionTimeoutMsMax } = consumer
  const bound = (name: string, word: 'min' | 'max') =>
    `${name} must be ${word === 'min' ? 'greater' : 'less'} than or equal to group.${name.replace('.', `.${word}.`)}`
  if (heartbeatIntervalMs < heartbeatIntervalMsMin) return bound(heartbeatInterval, 'min')
  if (heartbeatIntervalMs > heartbeatIntervalMsMax) return bound(heartbeatInterval, 'max')
  if (sessionTimeoutMs < sessionTimeoutMsMin) return bound(sessionTimeout, 'min')
  if (sessionTimeoutMs > sessionTimeoutMsMax) return bound(sessionTimeout, 'max')
  if (sessionTimeoutMs <= heartbeatIntervalMs) return `${sessionTimeout} must be greater than ${heartbeatInterval}`
  return undefined
}

/** The coordinator's settings for a group on which these are set. */
export function settingsWith(settings: GroupSettings, configs: GroupConfigs): GroupSettings {
  return { ...settings, consumer: withConfigs(settings.consumer, configs) }
}

/** Another version of Gregor may have set what this one does not know, or not as it knows it: that counts as not set. */
export function knownGroupConfigs(configs: GroupConfigs): GroupConfigs {
  return Object.fromEntries(
    Object.entries(configs).filter(([name, text]) => names.includes(name) && valueProblem(name, text) === undefined),
  )
}

function withConfigs(settings: ConsumerGroupSettings, configs: GroupConfigs): ConsumerGroupSettings {
  return {
    ...settings,
    sessionTimeoutMs: numberOf(configs[sessionTimeout]) ?? settings.sessionTimeoutMs,
    heartbeatIntervalMs: numberOf(configs[heartbeatInterval]) ?? settings.heartbeatIntervalMs,
  }
}

const numberOf = (text: string | undefined): number | undefined =>
  text === undefined ? undefined : Number(text.trim())

/** As `ConfigDef.parse`. */
function valueProblem(name: string, text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  const shown = `Invalid value ${shortened(text.trim())} for configuration ${name}`
  const reading = readConfigValue(text, 'int', undefined)
  if ('mustBe' in reading) return `${shown}: Not a number of type INT`
  return Number(reading.value) < 1 ? `${shown}: Value must be at least 1` : undefined
}

const unknownName = (name: string): string => `Unknown group config name: ${shortened(name)}`

const shortened = (text: string): string =>
  text.length <= quotedLengthMax ? text : `${text.slice(0, quotedLengthMax)}...`
