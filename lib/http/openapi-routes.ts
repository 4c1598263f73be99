/** `GET /openapi.json`: the document that a test holds to the routes. */
import { openapiDocument } from './openapi.ts'
import type { RouteGroup } from './routes.ts'
import { baseUrl } from './v3.ts'

export const openapiRoutes: RouteGroup = () => [
  {
    method: 'GET',
    path: '/openapi.json',
    handler: (context) => Response.json(openapiDocument(baseUrl(context))),
  },
]
