/**
 * The shapes that all of the REST Proxy's v3 answers share: a resource knows its own URL and its name, a list says where
 * it goes on. There is one cluster; any other id is a 404.
 */
import { clusterId } from '../cluster/cluster-id.ts'
import { integerQuery } from './parameters.ts'
import { errorCode, quoted, RestError } from './rest-error.ts'
import type { HttpContext } from './routes.ts'
import type { HttpServices } from './services.ts'

/** Where this cluster's v3 resources are, for one request. */
export interface ClusterPlace {
  readonly clusterId: string
  /** Such as `http://127.0.0.1:8082/v3/clusters/x`. */
  readonly url: string
}

/** Remembers the cluster's id, which never changes. */
export function clusterPlaces(services: HttpServices): (context: HttpContext) => Promise<ClusterPlace> {
  let id: string | undefined
  return async (context) => {
    id ??= await clusterId(services)
    const asked = context.req.param('cluster')
    if (asked !== undefined && asked !== id) {
      throw new RestError(errorCode.notFound, `Cluster ${quoted(asked)} cannot be found; this one is ${id}.`)
    }
    return { clusterId: id, url: `${baseUrl(context)}/v3/clusters/${id}` }
  }
}

/** The URL under which the caller sees our paths. */
export const baseUrl = (context: HttpContext) => `${new URL(context.req.url).origin}${context.env?.basePath ?? ''}`

/** `path` is below the cluster; `name` is Confluent's resource name below it, without its slash. */
export function resource(place: ClusterPlace, kind: string, path: string, name: string, data: object): object {
  const slash = (part: string) => (part === '' ? '' : `/${part}`)
  return {
    kind,
    metadata: {
      self: `${place.url}${slash(path)}`,
      resource_name: `crn:///kafka=${place.clusterId}${slash(name)}`,
    },
    cluster_id: place.clusterId,
    ...data,
  }
}

/** `next`: what goes into `page_token` for the rest. */
export function resourceList(url: string, kind: string, data: readonly object[], next?: string): Response {
  const following = next === undefined ? null : `${url}?page_token=${encodeURIComponent(next)}`
  return Response.json({ kind, metadata: { self: url, next: following }, data })
}

export const related = (place: ClusterPlace, path: string) => ({ related: `${place.url}/${path}` })

/** Paging: the REST Proxy has `metadata.next` in its shapes; the parameters' names are those of Confluent Cloud. */
export function pageOf(context: HttpContext, sizeMax: number): { size: number; token: string | undefined } {
  const size = integerQuery(context, 'page_size', { min: 1, max: sizeMax }) ?? sizeMax
  return { size, token: context.req.query('page_token') }
}
