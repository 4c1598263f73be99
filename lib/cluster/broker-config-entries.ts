/**
 * What an operator sets on a broker: a properties file, and `name=value` entries that win over it. Everything is judged
 * before the broker starts, and each refusal names its place: a broker never runs with half of what was meant.
 */
import { quotedLengthMax } from '../base/limits.ts'
import { type BrokerConfigs, brokerConfigProblem, brokerConfigsProblem } from './broker-config.ts'
import { readProperties } from './properties-file.ts'

export interface BrokerConfigSources {
  /** Below everything: what the command sets by itself. */
  readonly base?: BrokerConfigs
  readonly file?: { readonly name: string; readonly text: string }
  /** Such as `num.partitions=3`; a later one wins. */
  readonly entries?: readonly string[]
}

/** The configs that are set, all legal together; or a sentence that says what to change. */
export function readBrokerConfigs(
  sources: BrokerConfigSources,
): { readonly configs: BrokerConfigs } | { readonly problem: string } {
  const configs: Record<string, string> = { ...sources.base }
  if (sources.file !== undefined) {
    const { name: file, text } = sources.file
    const reading = readProperties(text)
    if ('problem' in reading) return { problem: `${file}: ${reading.problem}` }
    for (const { name, value, line } of reading.properties) {
      const problem = brokerConfigProblem(name, value)
      if (problem !== undefined) return { problem: `${file}, line ${line}: ${problem}` }
      configs[name] = value
    }
  }
  for (const entry of sources.entries ?? []) {
    const at = entry.indexOf('=')
    if (at < 1) return { problem: `'${entry.slice(0, quotedLengthMax)}' is not name=value, such as num.partitions=3.` }
    const [name, value] = [entry.slice(0, at).trim(), entry.slice(at + 1)]
    const problem = brokerConfigProblem(name, value)
    if (problem !== undefined) return { problem }
    configs[name] = value
  }
  const problem = brokerConfigsProblem(configs)
  return problem === undefined ? { configs } : { problem }
}
