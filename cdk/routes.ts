/**
 * Which function an API sends a request to, as data: both kinds of API Gateway's APIs and the tests read it. A path that has
 * a method of its own has `ANY` as well, so that an HTTP API and a REST API, which fall back differently, route alike; what
 * nothing else takes goes to `topics`, whose answer says what there is instead of a bare 404. And what each kind of caller
 * may call, for IAM: paths as they are called, so that a grant can name single topics and groups.
 */
import type { FunctionName } from './gregor-props.ts'

export type ApiFunctionName = Exclude<FunctionName, 'janitor'>
type RouteMethod = 'ANY' | 'GET' | 'POST'

export interface ApiRoute {
  readonly method: RouteMethod
  /** As API Gateway has it: `/topics/{topic}`. */
  readonly path: string
  readonly function: ApiFunctionName
}

const route = (method: RouteMethod, path: string, name: ApiFunctionName): ApiRoute => ({ method, path, function: name })

const topic = '/topics/{topic}'
const partition = `${topic}/partitions/{partition}`
const groups = '/v3/clusters/{cluster}/consumer-groups'

export const apiRoutes: readonly ApiRoute[] = [
  route('ANY', '/kafka', 'kafka'),
  route('POST', topic, 'produce'),
  route('ANY', topic, 'topics'),
  route('POST', partition, 'produce'),
  route('ANY', partition, 'topics'),
  route('GET', `${partition}/records`, 'fetch'),
  route('ANY', `${partition}/records`, 'topics'),
  route('GET', `${partition}/offsets`, 'fetch'),
  route('ANY', `${partition}/offsets`, 'topics'),
  route('ANY', '/groups/{proxy+}', 'commit'),
  route('ANY', groups, 'commit'),
  route('ANY', `${groups}/{proxy+}`, 'commit'),
  // It reads both stores, and `fetch` is who may.
  route('GET', '/healthz', 'fetch'),
  route('ANY', '/healthz', 'topics'),
  route('ANY', '/{proxy+}', 'topics'),
  route('ANY', '/', 'topics'),
]

/** A method and a path as they are called; `*` stands for anything, slashes too. */
export interface Call {
  readonly method: 'GET' | 'POST' | 'DELETE' | '*'
  readonly path: string
}

const call = (method: Call['method'], path: string): Call => ({ method, path })

/** What a client of any kind asks: what the cluster is called, and what its topics look like. It shows no records. */
const describeCalls = (topics: readonly string[]): Call[] => [
  call('GET', '/healthz'),
  call('GET', '/openapi.json'),
  call('GET', '/v3/clusters'),
  ...topics.flatMap((name) => [
    call('GET', `/v3/clusters/*/topics/${name}`),
    call('GET', `/topics/${name}`),
    call('GET', `/topics/${name}/partitions`),
  ]),
]

/** Producing to topics by their names; `*` in a name stands for anything, `['*']` for all topics. */
export const produceCalls = (topics: readonly string[]): Call[] => [
  ...describeCalls(topics),
  ...topics.flatMap((name) => [call('POST', `/topics/${name}`), call('POST', `/topics/${name}/partitions/*`)]),
]

/** Reading topics, and committing and reading the offsets of groups. */
export const consumeCalls = (topics: readonly string[], groupNames: readonly string[]): Call[] => [
  ...describeCalls(topics),
  ...topics.flatMap((name) => [
    call('GET', `/topics/${name}/partitions/*/records`),
    call('GET', `/topics/${name}/partitions/*/offsets`),
  ]),
  ...groupNames.flatMap((name) => [
    call('GET', `/groups/${name}/offsets`),
    call('POST', `/groups/${name}/offsets`),
    call('GET', `/v3/clusters/*/consumer-groups/${name}`),
    call('GET', `/v3/clusters/*/consumer-groups/${name}/*`),
  ]),
]

/** The Kafka protocol: one path for whatever Kafka can do, to any topic. */
export const kafkaCalls: readonly Call[] = [call('GET', '/healthz'), call('POST', '/kafka')]

/** Every route there is. */
export const adminCalls: readonly Call[] = [call('*', '/*')]
