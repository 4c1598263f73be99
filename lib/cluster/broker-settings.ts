/**
 * The configs in force in this process: what it was started with, and over it what IncrementalAlterConfigs has set for
 * this broker or for all of them. Those lie in the store, so every broker, and the functions, see a change within
 * `topicCacheMsMax`. They are read again when a topic is, or when they are described: an idle process reads nothing.
 */
import type { Clock } from '../base/clock.ts'
import { topicCacheMsMax, topicConfigValueLengthMax } from '../base/limits.ts'
import type { Item, MetaStore } from '../store/meta-store.ts'
import { alterDynamicConfigs } from './alter-dynamic-configs.ts'
import {
  type BrokerConfig,
  type BrokerConfigs,
  brokerConfig,
  brokerConfigDefinition,
  brokerConfigProblem,
  brokerConfigsProblem,
  unknownBrokerConfig,
} from './broker-config.ts'
import { type ConfigLayers, mergedLayers, topicDefaultsOf } from './broker-config-layers.ts'
import { type AlteredConfigs, alteredBy, type ConfigAlteration } from './config-alteration.ts'
import { type BrokerScope, brokerConfigKey, dynamicConfigsFromItem } from './dynamic-config-item.ts'
import { type TopicConfigs, topicConfigsProblem } from './topic-config.ts'
import type { TopicDefaults } from './topic-defaults.ts'

export interface BrokerSettingsOptions {
  readonly meta: MetaStore
  readonly clock: Clock
  /** This process: 0 for the functions. */
  readonly brokerId: number
  /** What it was started with; legal by `brokerConfigsProblem`. */
  readonly configs?: BrokerConfigs
}

export type AlterBrokerAnswer =
  | { readonly outcome: 'altered' }
  /** A config that is not known, cannot change while the broker runs, or not to this. */
  | { readonly outcome: 'refused'; readonly message: string }
  /** An entry added to, or taken from, what is no list. */
  | { readonly outcome: 'invalid-config'; readonly message: string }
  /** Others altered it at the same time, again and again: nothing was changed. */
  | { readonly outcome: 'contended'; readonly message: string }

/** `freshen`, `alter` and `replace` throw `OutcomeUnknown` or `StoreUnavailable` when the store cannot answer. */
export class BrokerSettings implements TopicDefaults {
  readonly brokerId: number
  readonly #meta: MetaStore
  readonly #clock: Clock
  readonly #config: { -readonly [Name in keyof BrokerConfig]: BrokerConfig[Name] }
  #layers: ConfigLayers
  #topicDefaults: TopicConfigs
  #readMs = Number.NEGATIVE_INFINITY
  #reading: Promise<void> | undefined

  constructor(options: BrokerSettingsOptions) {
    this.brokerId = options.brokerId
    this.#meta = options.meta
    this.#clock = options.clock
    // Which broker this came to be, whatever was asked for.
    const id = String(options.brokerId)
    const started = { ...options.configs, 'node.id': id, 'broker.id': id }
    this.#layers = { started, all: {}, broker: {} }
    this.#config = brokerConfig(this.#layers.started)
    this.#topicDefaults = topicDefaultsOf(this.#layers.started)
  }

  /** Its fields change when dynamic configs do. */
  get config(): BrokerConfig {
    return this.#config
  }

  /** As last read. */
  get layers(): ConfigLayers {
    return this.#layers
  }

  current(): TopicConfigs {
    return this.#topicDefaults
  }

  /** Two small reads when the last ones are older than `topicCacheMsMax`; with `strong` in any case. */
  freshen(options: { readonly strong?: boolean } = {}): Promise<void> {
    const ageMs = this.#clock.now() - this.#readMs
    if (options.strong !== true && ageMs >= 0 && ageMs < topicCacheMsMax) return Promise.resolve()
    if (options.strong === true) return this.#read(true)
    this.#reading ??= this.#read(false).finally(() => {
      this.#reading = undefined
    })
    return this.#reading
  }

  /** Changes some dynamic configs, all or none (KIP-339). */
  alter(
    scope: BrokerScope,
    alterations: readonly ConfigAlteration[],
    options: { readonly validateOnly?: boolean } = {},
  ): Promise<AlterBrokerAnswer> {
    const catalogue = {
      definition: brokerConfigDefinition,
      unknown: unknownBrokerConfig,
      problem: (configs: BrokerConfigs) => this.#problem(scope, configs),
    }
    return this.#alter(scope, (seen) => alteredBy(seen, alterations, catalogue), options)
  }

  /** Sets exactly these dynamic configs, as Kafka's older AlterConfigs does. */
  replace(
    scope: BrokerScope,
    configs: BrokerConfigs,
    options: { readonly validateOnly?: boolean } = {},
  ): Promise<AlterBrokerAnswer> {
    const problem = this.#problem(scope, configs)
    return this.#alter(scope, () => (problem === undefined ? { configs } : { problem }), options)
  }

  /** As `DynamicBrokerConfig.validate`: names, whether they are dynamic, values, and what comes of them together. */
  #problem(scope: BrokerScope, configs: BrokerConfigs): string | undefined {
    for (const [name, text] of Object.entries(configs)) {
      const definition = brokerConfigDefinition(name)
      if (definition === undefined) return unknownBrokerConfig(name)
      if (definition.update === 'read-only') return `Cannot update these configs dynamically: ${name}.`
      if (definition.update === 'per-broker' && scope === 'all') {
        return `Cannot update these configs at default cluster level, broker id must be specified: ${name}.`
      }
      if (text.length > topicConfigValueLengthMax) return `The value of ${name} is too long.`
      const problem = brokerConfigProblem(name, text)
      if (problem !== undefined) return problem
    }
    const merged = mergedLayers({ ...this.#layers, [scope === 'all' ? 'all' : 'broker']: configs })
    return brokerConfigsProblem(merged) ?? topicConfigsProblem(topicDefaultsOf(merged))
  }

  async #alter(
    scope: BrokerScope,
    decide: (configs: BrokerConfigs) => AlteredConfigs,
    options: { readonly validateOnly?: boolean },
  ): Promise<AlterBrokerAnswer> {
    const ports = { meta: this.#meta, clock: this.#clock }
    const alteration = { key: brokerConfigKey(scope), decide, validateOnly: options.validateOnly === true }
    const altered = await alterDynamicConfigs(ports, alteration)
    if ('contended' in altered) return { outcome: 'contended', message: altered.contended }
    if ('problem' in altered) {
      return { outcome: altered.kind === 'not-a-list' ? 'invalid-config' : 'refused', message: altered.problem }
    }
    if (options.validateOnly !== true) await this.#read(true)
    return { outcome: 'altered' }
  }

  async #read(strong: boolean): Promise<void> {
    const startMs = this.#clock.now()
    const keys = [brokerConfigKey('all'), brokerConfigKey(this.brokerId)]
    const [all, broker] = await this.#meta.getMany(keys, { strong })
    this.#readMs = startMs
    this.#layers = { started: this.#layers.started, all: stored(all), broker: stored(broker) }
    const merged = mergedLayers(this.#layers)
    this.#topicDefaults = topicDefaultsOf(merged)
    Object.assign(this.#config, brokerConfig(merged))
  }
}

/** Another version of Gregor may have written what this one does not know, or not as it knows it. */
function stored(item: Item | undefined): BrokerConfigs {
  const { configs } = dynamicConfigsFromItem(item)
  return Object.fromEntries(Object.entries(configs).filter(([name, text]) => !brokerConfigProblem(name, text)))
}
