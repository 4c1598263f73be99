/**
 * Apache Kafka 4.2's message definitions, which lie beside the checkout: comments are taken out, common structs put in
 * where they are named, and ranges read.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type VersionRange, type Versions, versionRange } from '../../lib/wire/versions.ts'

const folder = join(import.meta.dirname, '../../../shared/kafka-messages')

interface FieldJson {
  readonly name: string
  readonly type: string
  readonly versions: Versions
  readonly nullableVersions?: Versions
  readonly taggedVersions?: Versions
  readonly tag?: number
  readonly default?: unknown
  /** Once as text. */
  readonly ignorable?: boolean | 'true'
  readonly fields?: readonly FieldJson[]
}

interface MessageJson {
  readonly apiKey?: number
  readonly type: string
  readonly name: string
  readonly validVersions: Versions
  readonly flexibleVersions?: Versions
  readonly fields?: readonly FieldJson[]
  readonly commonStructs?: readonly { readonly name: string; readonly fields: readonly FieldJson[] }[]
}

export interface DefinedField {
  /** As Kafka's JSON has it: the first letter small. */
  readonly name: string
  /** Without the brackets of an array; `struct` for any struct. */
  readonly type: string
  readonly isArray: boolean
  readonly fields: readonly DefinedField[] | undefined
  readonly versions: VersionRange
  readonly nullable: VersionRange
  readonly tag: number | undefined
  readonly default: unknown
  readonly ignorable: boolean
}

export interface Definition {
  /** Undefined where the message is no request and no response. */
  readonly apiKey: number | undefined
  readonly name: string
  readonly versions: VersionRange
  readonly flexible: VersionRange
  readonly fields: readonly DefinedField[]
}

function definedField(field: FieldJson, common: ReadonlyMap<string, readonly FieldJson[]>): DefinedField {
  const isArray = field.type.startsWith('[]')
  const type = isArray ? field.type.slice(2) : field.type
  const fields = field.fields ?? common.get(type)
  return {
    name: `${field.name.slice(0, 1).toLowerCase()}${field.name.slice(1)}`,
    type: fields === undefined ? type : 'struct',
    isArray,
    fields: fields?.map((inner) => definedField(inner, common)),
    versions: versionRange(field.versions),
    nullable: versionRange(field.nullableVersions ?? 'none'),
    tag: field.tag,
    default: field.default,
    ignorable: field.ignorable === true || field.ignorable === 'true',
  }
}

function definition(text: string): readonly Definition[] {
  const json: MessageJson = JSON.parse(text.replace(/^\s*\/\/.*$/gm, ''))
  if (json.validVersions === 'none') return []
  const common = new Map(json.commonStructs?.map(({ name, fields }) => [name, fields]))
  return [
    {
      apiKey: json.apiKey,
      name: json.name,
      versions: versionRange(json.validVersions),
      flexible: versionRange(json.flexibleVersions ?? 'none'),
      fields: (json.fields ?? []).map((field) => definedField(field, common)),
    },
  ]
}

const definitions = existsSync(folder)
  ? readdirSync(folder)
      .filter((name) => name.endsWith('.json'))
      .flatMap((name) => definition(readFileSync(join(folder, name), 'utf8')))
  : []

/** Why tests are skipped, if they are. */
export const definitionsMissing = definitions.length === 0 && `no message definitions in ${folder}`

/** By `ProduceRequest`, `ProduceResponse`, ... */
export const definitionsByName: ReadonlyMap<string, Definition> = new Map(definitions.map((one) => [one.name, one]))
