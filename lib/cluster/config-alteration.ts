/**
 * Incremental changes of configs (KIP-339), as a pure function of what is set now. All of a request's operations hold or
 * none does. Applying the same operations twice gives what applying them once gave, so a change whose answer was lost may
 * be made again on whatever is then set.
 */
import { unreachable } from '../base/assert.ts'
import { topicConfigEntriesMax } from '../base/limits.ts'
import { type ConfigType, readList } from './config-values.ts'
import { type TopicConfigs, topicConfigsProblem, unknownConfig } from './topic-config.ts'
import { topicConfigDefinition } from './topic-config-definitions.ts'

/** SET and DELETE (back to the default) are for every config, APPEND and SUBTRACT for lists only. */
export type ConfigAlteration =
  | { readonly name: string; readonly operation: 'SET' | 'APPEND' | 'SUBTRACT'; readonly value: string }
  | { readonly name: string; readonly operation: 'DELETE' }

type Configs = Readonly<Record<string, string>>

export type AlteredConfigs =
  | { readonly configs: Configs }
  /** A sentence that names the config at fault; Kafka tells a list's operation on another type apart. */
  | { readonly problem: string; readonly kind?: 'not-a-list' }

/** The configs that a kind of resource may have. */
export interface ConfigCatalogue {
  definition(name: string): { readonly type: ConfigType; readonly default: string | null } | undefined
  /** The sentence for a name that is none. */
  unknown(name: string): string
  /** A sentence that says why these cannot be set together, or `undefined`. */
  problem(configs: Configs): string | undefined
}

/** The configs of a topic after all alterations; `defaults` are the broker's. */
export function alteredConfigs(
  configs: TopicConfigs,
  alterations: readonly ConfigAlteration[],
  defaults: TopicConfigs = {},
): AlteredConfigs {
  return alteredBy(configs, alterations, {
    definition: topicConfigDefinition,
    unknown: unknownConfig,
    problem: (altered) => topicConfigsProblem(altered, defaults),
  })
}

/** The configs after all alterations. As in Kafka, lists are changed from Kafka's default when nothing was set. */
export function alteredBy(
  configs: Configs,
  alterations: readonly ConfigAlteration[],
  catalogue: ConfigCatalogue,
): AlteredConfigs {
  if (alterations.length > topicConfigEntriesMax) {
    return { problem: `One request changes at most ${topicConfigEntriesMax} configs.` }
  }
  const next = new Map(Object.entries(configs))
  const seen = new Set<string>()
  for (const alteration of alterations) {
    const { name } = alteration
    if (seen.has(name)) return { problem: `${name} is named twice in one request.` }
    seen.add(name)
    if (alteration.operation === 'DELETE') {
      // As in Kafka, deleting what there is no such thing as is no fault.
      next.delete(name)
      continue
    }
    const definition = catalogue.definition(name)
    if (definition === undefined) return { problem: catalogue.unknown(name) }
    switch (alteration.operation) {
      case 'SET':
        next.set(name, alteration.value)
        break
      case 'APPEND':
      case 'SUBTRACT': {
        if (definition.type !== 'list') {
          const problem = `${alteration.operation} works on lists; ${name} is of type ${definition.type}: use SET.`
          return { problem, kind: 'not-a-list' }
        }
        const entries = readList(next.get(name) ?? definition.default ?? '')
        const given = readList(alteration.value)
        const changed =
          alteration.operation === 'APPEND'
            ? [...entries, ...given.filter((entry) => !entries.includes(entry))]
            : entries.filter((entry) => !given.includes(entry))
        next.set(name, changed.join(','))
        break
      }
      default:
        unreachable(alteration)
    }
  }
  const altered = Object.fromEntries(next)
  const problem = catalogue.problem(altered)
  return problem === undefined ? { configs: altered } : { problem }
}
