/**
 * Compiles a change and a guard to DynamoDB's expressions. Names and values are always placeholders, each name once, so no
 * name can collide with a reserved word or be read as syntax; they are short, since an expression has at most 4 KB (that it
 * fits is checked before, by `meta-call.ts`, which must count at least what is written here).
 */
import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import type { Assignment, Change, Clause, Guard, Path, Source, Value } from '../../meta-store.ts'
import { attributeValue } from './attribute-value.ts'

/** The members of a request, absent where empty: DynamoDB refuses an empty expression. */
export interface Expressions {
  readonly UpdateExpression?: string
  readonly ConditionExpression?: string
  readonly ExpressionAttributeNames?: Record<string, string>
  readonly ExpressionAttributeValues?: Record<string, AttributeValue>
}

export function expressions(change: Change, guard: Guard): Expressions {
  const placeholders = new Placeholders()
  const sets = change.flatMap((assignment) => ('set' in assignment ? [setExpression(assignment, placeholders)] : []))
  const removes = change.flatMap((assignment) => ('remove' in assignment ? [placeholders.path(assignment.remove)] : []))
  const update = [...(sets.length ? [`SET ${sets}`] : []), ...(removes.length ? [`REMOVE ${removes}`] : [])].join(' ')
  const condition = guard.map((clause) => clauseExpression(clause, placeholders)).join(' AND ')
  return {
    ...(update && { UpdateExpression: update }),
    ...(condition && { ConditionExpression: condition }),
    ...placeholders.members(),
  }
}

class Placeholders {
  readonly #names = new Map<string, string>()
  readonly #values: Record<string, AttributeValue> = {}
  #valueCount = 0

  path(path: Path): string {
    return path.map((name) => this.#name(name)).join('.')
  }

  value(value: Value): string {
    const placeholder = `:${(this.#valueCount++).toString(36)}`
    this.#values[placeholder] = attributeValue(value)
    return placeholder
  }

  members(): Pick<Expressions, 'ExpressionAttributeNames' | 'ExpressionAttributeValues'> {
    const names = Object.fromEntries([...this.#names].map(([name, placeholder]) => [placeholder, name]))
    return {
      ...(this.#names.size && { ExpressionAttributeNames: names }),
      ...(this.#valueCount && { ExpressionAttributeValues: this.#values }),
    }
  }

  #name(name: string): string {
    const known = this.#names.get(name)
    if (known) return known
    const placeholder = `#${this.#names.size.toString(36)}`
    this.#names.set(name, placeholder)
    return placeholder
  }
}

function setExpression({ set, to }: Extract<Assignment, { set: Path }>, placeholders: Placeholders): string {
  return `${placeholders.path(set)}=${sourceExpression(to, placeholders)}`
}

function sourceExpression(source: Source, placeholders: Placeholders): string {
  if ('value' in source) return placeholders.value(source.value)
  const path = placeholders.path(source.path)
  if ('or' in source) return `if_not_exists(${path},${operand(source.or, placeholders)})`
  return source.plus === undefined ? path : `${path}+${placeholders.value(source.plus)}`
}

function clauseExpression(clause: Clause, placeholders: Placeholders): string {
  const path = placeholders.path(clause.path)
  if (!('than' in clause)) return `attribute_${clause.is === 'present' ? '' : 'not_'}exists(${path})`
  if (clause.is === 'size<') return `size(${path})<${placeholders.value(clause.than)}`
  const comparison = `${path}${clause.is}${operand(clause.than, placeholders)}`
  return clause.orAbsent ? `(${comparison} OR attribute_not_exists(${path}))` : comparison
}

function operand(of: { readonly value: Value } | { readonly path: Path }, placeholders: Placeholders): string {
  return 'path' in of ? placeholders.path(of.path) : placeholders.value(of.value)
}
