/**
 * How routes are declared: a group of routes is a function that adds its own. Each Lambda function serves some groups, the
 * local server all. For every path the methods are known, so that another one is answered 405 and not 404.
 */
import type { Context, Hono } from 'hono'
import { errorCode, quoted, RestError } from './rest-error.ts'
import type { HttpServices } from './services.ts'

/** `basePath`: what the outside world has before our paths, such as a stage of API Gateway; for links in answers. */
export type HttpEnv = { Bindings: { basePath?: string } }
export type HttpContext = Context<HttpEnv>
export type HttpApp = Hono<HttpEnv>
type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
type Handler = (context: HttpContext) => Response | Promise<Response>

export interface Route {
  readonly method: Method
  /** As hono has it: `/topics/:topic`. */
  readonly path: string
  /**
   * The names that its query may have; with any other a request is refused, since what is misspelt would do something else
   * than was meant. Undefined: the REST Proxy's own routes, which let others stand as it does.
   */
  readonly query?: readonly string[]
  readonly handler: Handler
}

export type RouteGroup = (services: HttpServices) => readonly Route[]

/** Adds the routes, and 405 for the other methods of their paths. */
export function addRoutes(app: HttpApp, routes: readonly Route[]): void {
  const methods = new Map<string, Method[]>()
  for (const { method, path, query, handler } of routes) {
    app.on(method, path, (context) => {
      if (query !== undefined) refuseUnknownQuery(context, query)
      return handler(context)
    })
    methods.set(path, [...(methods.get(path) ?? []), method])
  }
  for (const [path, allowed] of methods) {
    const allow = allowed.includes('GET') ? [...allowed, 'HEAD'] : allowed
    app.all(path, (context) => {
      const message = `${context.req.method} is not a method of this route; ${allow.join(', ')} ${allow.length === 1 ? 'is' : 'are'}.`
      throw new RestError(errorCode.methodNotAllowed, message, { allow: allow.join(', ') })
    })
  }
}

function refuseUnknownQuery(context: HttpContext, known: readonly string[]): void {
  const unknown = Object.keys(context.req.queries()).find((name) => !known.includes(name))
  if (unknown === undefined) return
  const legal = known.length === 0 ? 'it takes none' : `it takes ${known.join(', ')}`
  throw new RestError(errorCode.badRequest, `${quoted(unknown)} is no parameter of this route: ${legal}.`)
}
