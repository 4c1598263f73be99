/** Every table says what Kafka's own definitions say, in every version that it describes. */
import { describe, expect, test } from 'vitest'
import { apis } from '../../lib/wire/apis.ts'
import { assignmentFields, consumerProtocolVersionMax, subscriptionFields } from '../../lib/wire/consumer-protocol.ts'
import type { Api, Type } from '../../lib/wire/schema.ts'
import { type Definition, definitionsByName, definitionsMissing } from './definitions.ts'
import { ofDefinition, ofTable } from './described-schema.ts'

function definedAs(name: string): Definition {
  const definition = definitionsByName.get(name)
  if (definition === undefined) throw new Error(`Kafka has no ${name}`)
  return definition
}

const versionsOf = ({ versions }: Api) =>
  Array.from({ length: versions.max - versions.min + 1 }, (_, index) => versions.min + index)

describe.skipIf(definitionsMissing)(`schema tables ${definitionsMissing || ''}`, () => {
  test.each(apis.map((api) => [api.name, api] as const))('%s is as Kafka defines it, in every version', (name, api) => {
    for (const direction of ['request', 'response'] as const) {
      const definition = definedAs(`${name}${direction === 'request' ? 'Request' : 'Response'}`)
      expect(api.key).toBe(definition.apiKey)
      expect(api.flexible).toEqual(definition.flexible)
      expect(api.versions.min).toBeGreaterThanOrEqual(definition.versions.min)
      expect(api.versions.max).toBeLessThanOrEqual(definition.versions.max)
      for (const version of versionsOf(api)) {
        expect(ofTable(api[direction], version), `${direction} v${version}`).toEqual(
          ofDefinition(definition.fields, api.versions, version),
        )
      }
    }
  })

  test('tables stop short of the newest version only where Kafka calls it unstable or keeps it for brokers', () => {
    const shorter = apis.filter(({ name, versions }) => versions.max < definedAs(`${name}Request`).versions.max)
    expect(shorter.map(({ name }) => name)).toEqual(['InitProducerId', 'AddPartitionsToTxn'])
    expect(apis.filter(({ name, versions }) => versions.min > definedAs(`${name}Request`).versions.min)).toEqual([])
  })

  test.each([
    ['ConsumerProtocolSubscription', subscriptionFields],
    ['ConsumerProtocolAssignment', assignmentFields],
  ])('%s is as Kafka defines it, in every version', (name, fields) => {
    const { fields: defined, versions } = definedAs(name)
    expect(versions).toEqual({ min: 0, max: consumerProtocolVersionMax })
    for (let version = 0; version <= versions.max; version++) {
      expect(ofTable(fields, version), `v${version}`).toEqual(ofDefinition(defined, versions, version))
    }
  })
})

test('a client chooses 64-bit integers freely, and Gregor only safe ones', () => {
  const kinds = (type: Type): string[] => {
    if (type.kind === 'nullable') return kinds(type.of)
    if (type.kind === 'array') return kinds(type.element)
    return type.kind === 'struct' ? Object.values(type.fields).flatMap((field) => kinds(field.type)) : [type.kind]
  }
  for (const { name, request, response } of apis) {
    expect(kinds({ kind: 'struct', fields: request }), name).not.toContain('safeInt64')
    expect(kinds({ kind: 'struct', fields: response }), name).not.toContain('int64')
  }
})
