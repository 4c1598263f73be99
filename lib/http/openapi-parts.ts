/** Pieces that the API's description is written with, so that a route takes a few lines there. JSON Schema 2020-12. */

export type Schema = Readonly<Record<string, unknown>>

export const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` })
export const text: Schema = { type: 'string' }
export const flag: Schema = { type: 'boolean' }
export const integer = (description: string, minimum = 0, maximum?: number): Schema => ({
  type: 'integer',
  minimum,
  ...(maximum === undefined ? {} : { maximum }),
  description,
})
export const list = (items: Schema, rest: Schema = {}): Schema => ({ type: 'array', items, ...rest })
export const orNull = (schema: Schema): Schema => ({ anyOf: [schema, { type: 'null' }] })

/** Nothing but these properties; a name that ends with `?` may be left out. */
export function object(properties: Readonly<Record<string, Schema>>): Schema {
  const names = Object.keys(properties)
  return {
    type: 'object',
    required: names.filter((name) => !name.endsWith('?')),
    properties: Object.fromEntries(names.map((name) => [name.replace('?', ''), properties[name]])),
    additionalProperties: false,
  }
}

export interface Operation {
  readonly summary: string
  readonly query?: Readonly<Record<string, Schema>>
  readonly body?: { readonly schema: Schema; readonly types: readonly string[] }
  /** Status to schema; `undefined` has no body. */
  readonly answers: Readonly<Record<number, Schema | undefined>>
  readonly types?: readonly string[]
  /** Response headers by name, with what they say. */
  readonly headers?: Readonly<Record<string, string>>
}

const pathDescriptions: Readonly<Record<string, string>> = {
  topic: "A topic's name.",
  partition: 'A partition, from 0.',
  group: "A consumer group's id. One with a slash in it cannot be named through some gateways.",
  cluster: "The cluster's id, as GET /v3/clusters gives it.",
  name: "A topic config's name, as Kafka has it.",
}

/** An OpenAPI operation. Every one may answer `Error` with another status. */
export function operation(path: string, described: Operation): object {
  const { summary, query = {}, body, answers, types = ['application/json'], headers = {} } = described
  const content = (schema: Schema, mediaTypes: readonly string[]) =>
    Object.fromEntries(mediaTypes.map((type) => [type, { schema }]))
  const answerHeaders = Object.fromEntries(
    Object.entries(headers).map(([name, description]) => [name, { description, schema: { type: 'integer' } }]),
  )
  return {
    summary,
    parameters: [
      ...[...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => ({
        name,
        in: 'path',
        required: true,
        description: pathDescriptions[name] ?? name,
        schema: text,
      })),
      ...Object.entries(query).map(([name, schema]) => ({ name, in: 'query', required: false, schema })),
    ],
    ...(body === undefined ? {} : { requestBody: { required: true, content: content(body.schema, body.types) } }),
    responses: {
      ...Object.fromEntries(
        Object.entries(answers).map(([status, schema]) => [
          status,
          {
            description: schema === undefined ? 'Done.' : summary,
            ...(schema === undefined ? {} : { content: content(schema, types), headers: answerHeaders }),
          },
        ]),
      ),
      default: { description: 'It could not be done.', content: content(ref('Error'), ['application/json']) },
    },
  }
}
