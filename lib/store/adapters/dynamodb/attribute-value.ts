/** Our values as DynamoDB's tagged ones and back. Numbers travel as text; bytes as `B`, which the SDK makes base64. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import { assert } from '../../../base/assert.ts'
import { InvalidCall } from '../../errors.ts'
import { isList } from '../../item-size.ts'
import type { Item, Value } from '../../meta-store.ts'

export type Attributes = Record<string, AttributeValue>

export function attributeValue(value: Value): AttributeValue {
  if (typeof value === 'string') return { S: value }
  if (typeof value === 'number') return { N: String(value) }
  if (typeof value === 'boolean') return { BOOL: value }
  if (value instanceof Uint8Array) return { B: value }
  return isList(value) ? { L: value.map(attributeValue) } : { M: attributes(value) }
}

export function attributes(map: { readonly [name: string]: Value }): Attributes {
  return Object.fromEntries(Object.entries(map).map(([name, value]) => [name, attributeValue(value)]))
}

/**
 * The item of an answer. Fails when someone else wrote a type that we never write; throws `InvalidCall` for a number past
 * 2^53, which is the one thing an update can do here that the embedded stores refuse beforehand.
 */
export function itemOf(answer: Attributes): Item {
  return mapOf(answer) as Item
}

function mapOf(answer: Attributes): { readonly [name: string]: Value } {
  return Object.fromEntries(Object.entries(answer).map(([name, value]) => [name, valueFrom(value)]))
}

function valueFrom(value: AttributeValue): Value {
  if (value.S !== undefined) return value.S
  if (value.N !== undefined) return numberOf(value.N)
  if (value.M !== undefined) return mapOf(value.M)
  if (value.B !== undefined) return value.B
  if (value.L !== undefined) return value.L.map(valueFrom)
  assert(value.BOOL !== undefined, `an attribute of a type that is never written: ${Object.keys(value)}`)
  return value.BOOL
}

function numberOf(text: string): number {
  const number = Number(text)
  if (!Number.isSafeInteger(number)) throw new InvalidCall(`the item holds a number past 2^53: ${text}`)
  return number
}
