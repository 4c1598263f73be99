/**
 * Reading the value of a config, which is always text, by its type: as Kafka's `ConfigDef.parseType` does, so that what
 * Kafka takes is taken and what it refuses is refused, each with a sentence. Longs are read as `bigint` first: 2^63 - 1
 * is Kafka's word for "never", and no digit of it may be lost on the way.
 */

/** The types of `org.apache.kafka.common.config.ConfigDef.Type` that topics use. */
export type ConfigType = 'boolean' | 'string' | 'int' | 'long' | 'double' | 'list'

/** What a value must be beyond its type. */
export type ConfigRule =
  | { readonly kind: 'range'; readonly min: bigint | number; readonly max?: bigint | number }
  /** A range of which one value lies outside: gzip takes 1 to 9, and -1 for its default. */
  | { readonly kind: 'range-or'; readonly min: number; readonly max: number; readonly or: number }
  | { readonly kind: 'one-of'; readonly values: readonly string[] }
  /** Each entry of a list at most once, all of them from these; none at all is legal (KIP-1161). */
  | { readonly kind: 'some-of'; readonly values: readonly string[] }
  /** `*` or partition:broker pairs. */
  | { readonly kind: 'replicas' }

/** A config’s value as its type has it: Kafka’s LONG is a bigint. */
export type ConfigValue = boolean | string | bigint | number | readonly string[]

export type ConfigReading =
  | { readonly value: ConfigValue }
  /** What the value must be, to be put after "must be". */
  | { readonly mustBe: string }

const intMin = -(2n ** 31n)
const intMax = 2n ** 31n - 1n
const longMin = -(2n ** 63n)
const longMax = 2n ** 63n - 1n

/** The value that a text stands for, held to its type and rule. */
export function readConfigValue(text: string, type: ConfigType, rule: ConfigRule | undefined): ConfigReading {
  const trimmed = text.trim()
  const read = readType(trimmed, type)
  if ('mustBe' in read || rule === undefined) return read
  const mustBe = brokenRule(read.value, rule)
  return mustBe === undefined ? read : { mustBe }
}

/** The entries of a list config; an empty text has none. */
export function readList(text: string): string[] {
  const trimmed = text.trim()
  return trimmed === '' ? [] : trimmed.split(',').map((entry) => entry.trim())
}

function readType(text: string, type: ConfigType): ConfigReading {
  switch (type) {
    case 'string':
      return { value: text }
    case 'list':
      return { value: readList(text) }
    case 'boolean': {
      const lower = text.toLowerCase()
      if (lower === 'true' || lower === 'false') return { value: lower === 'true' }
      return { mustBe: 'true or false' }
    }
    case 'double': {
      if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) return { value: Number(text) }
      return { mustBe: 'a number' }
    }
    case 'int':
      return readInteger(text, intMin, intMax)
    case 'long':
      return readInteger(text, longMin, longMax)
  }
}

function readInteger(text: string, min: bigint, max: bigint): ConfigReading {
  // 19 digits say all of a long; the bound keeps a text of a megabyte from becoming a number of a million digits.
  if (/^[+-]?\d{1,40}$/.test(text)) {
    const value = BigInt(text.startsWith('+') ? text.slice(1) : text)
    if (value >= min && value <= max) return { value }
  }
  return { mustBe: `a whole number from ${min} to ${max}` }
}

function brokenRule(value: ConfigValue, rule: ConfigRule): string | undefined {
  switch (rule.kind) {
    case 'range': {
      const inside =
        (typeof value === 'bigint' || typeof value === 'number') &&
        value >= rule.min &&
        (rule.max === undefined || value <= rule.max)
      if (inside) return undefined
      return rule.max === undefined ? `at least ${rule.min}` : `from ${rule.min} to ${rule.max}`
    }
    case 'range-or': {
      const number = Number(value)
      if ((number >= rule.min && number <= rule.max) || number === rule.or) return undefined
      return `from ${rule.min} to ${rule.max}, or ${rule.or}`
    }
    case 'one-of':
      return rule.values.includes(String(value)) ? undefined : `one of ${rule.values.join(', ')}`
    case 'some-of': {
      const entries = value as readonly string[]
      if (new Set(entries).size === entries.length && entries.every((entry) => rule.values.includes(entry)))
        return undefined
      return `a list, without repetition, of ${rule.values.join(' and ')}`
    }
    case 'replicas': {
      const entries = value as readonly string[]
      if (entries.length === 1 && entries[0] === '*') return undefined
      if (entries.every((entry) => /^\d+:\d+$/.test(entry))) return undefined
      return "'*' or a list of partition:broker, such as 0:1,1:2"
    }
  }
}
