/** Holds answers to the API's description: every answer that a test sees goes through here. */
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import { openapiDocument } from '../../lib/http/openapi.ts'

interface Content {
  readonly [mediaType: string]: { readonly schema: object }
}
interface Operation {
  readonly responses: Readonly<Record<string, { readonly content?: Content }>>
  readonly requestBody?: { readonly content: Content }
}

const document = openapiDocument('http://localhost')
// OpenAPI's words are not JSON Schema's; `contentEncoding` is an annotation.
const ajv = new Ajv2020({ strict: true, allErrors: true, strictTypes: false, strictRequired: false })
const inAjv = (schema: object): object =>
  JSON.parse(JSON.stringify(schema).replaceAll('#/components/schemas/', 'schemas#/$defs/'))
ajv.addSchema({ $id: 'schemas', $defs: inAjv(document.components.schemas) })

const validators = new Map<object, ValidateFunction>()
function validatorOf(schema: object): ValidateFunction {
  const known = validators.get(schema)
  if (known !== undefined) return known
  const made = ajv.compile(inAjv(schema))
  validators.set(schema, made)
  return made
}

function operationOf(method: string, path: string): { operation: Operation; template: string } | undefined {
  const segments = path.split('/')
  for (const [template, methods] of Object.entries(document.paths)) {
    const parts = template.split('/')
    const fits =
      parts.length === segments.length && parts.every((part, at) => part.startsWith('{') || part === segments[at])
    const operation = methods[method.toLowerCase()]
    if (fits && operation !== undefined) return { operation: operation as Operation, template }
  }
  return undefined
}

/** Throws when the description does not allow this answer. */
export function checkAnswer(
  method: string,
  path: string,
  answer: { status: number; headers: Headers; body: unknown; text: string },
): void {
  if (method === 'HEAD') return
  const [pathname = ''] = path.replace(/^https?:\/\/[^/]+/, '').split('?')
  const found = operationOf(method, pathname)
  // What is no route is answered as an error, too.
  const { responses } = found?.operation ?? { responses: {} }
  const where = `${method} ${found?.template ?? pathname} ${answer.status}`
  const described = responses[answer.status]
  if (answer.status < 400 && described === undefined) throw new Error(`${where}: the status is not described`)
  const content = described === undefined ? errorContent : described.content
  if (content === undefined) {
    if (answer.text !== '') throw new Error(`${where}: a body that is not described`)
    return
  }
  const type = answer.headers.get('content-type') ?? ''
  const schema = content[type]?.schema
  if (schema === undefined) throw new Error(`${where}: the content type ${type} is not described`)
  const validate = validatorOf(schema)
  if (!validate(answer.body))
    throw new Error(`${where}: ${ajv.errorsText(validate.errors)}: ${answer.text.slice(0, 500)}`)
}

/** Whether a request's body is what the description asks for. */
export function describesBody(method: string, path: string, type: string, body: unknown): boolean {
  const schema = operationOf(method, path)?.operation.requestBody?.content[type]?.schema
  return schema !== undefined && validatorOf(schema)(body)
}

const errorContent: Content = { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } }
