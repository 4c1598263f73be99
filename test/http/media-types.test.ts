import { Hono } from 'hono'
import { expect, test } from 'vitest'
import { acceptedOf } from '../../lib/http/media-types.ts'
import { RestError } from '../../lib/http/rest-error.ts'
import type { HttpEnv } from '../../lib/http/routes.ts'

const app = new Hono<HttpEnv>()
app.get('/', (context) => context.text(acceptedOf(context, ['a/json', 'a/binary', 'b/json'])))
app.onError((fault, context) => context.text(fault.message, fault instanceof RestError ? 406 : 500))
const accepted = async (accept?: string) =>
  (await app.request('/', accept === undefined ? {} : { headers: { accept } })).text()

test.each([
  [undefined, 'a/json'],
  ['', 'a/json'],
  ['*/*', 'a/json'],
  ['b/json', 'b/json'],
  ['A/Binary', 'a/binary'],
  ['text/html, a/binary;q=0.5, b/json;q=0.9', 'b/json'],
  ['a/*', 'a/json'],
  ['a/*;q=0.1, b/*', 'b/json'],
  ['*/*, a/json;q=0', 'a/binary'],
  ['a/binary ; q=1.0', 'a/binary'],
])('Accept %s is answered in %s', async (accept, type) => {
  expect(await accepted(accept)).toBe(type)
})

test.each(['text/html', 'a/json;q=0', 'nonsense', 'a/json;q=x'])(
  'Accept %s cannot be met, and the answer says what can',
  async (accept) => {
    expect(await accepted(accept)).toContain('a/binary')
  },
)
