/** Topic configs by the REST Proxy's v3 routes: all, one, changed one by one or all at once. */
import type { ConfigAlteration } from '../cluster/config-alteration.ts'
import { describeTopicConfigs, type TopicConfigEntry } from '../cluster/topic-config.ts'
import type { Topic } from '../cluster/topic-item.ts'
import { contentTypeOf, mediaType } from './media-types.ts'
import { topicOf } from './parameters.ts'
import { jsonObjectOf } from './request-body.ts'
import { errorCode, quoted, RestError } from './rest-error.ts'
import type { HttpContext, RouteGroup } from './routes.ts'
import { configAlterations, configValue, throwRefusal } from './topic-admin-request.ts'
import { type ClusterPlace, clusterPlaces, resource, resourceList } from './v3.ts'

const topicPath = '/v3/clusters/:cluster/topics/:topic'

export const topicConfigRoutes: RouteGroup = (services) => {
  const placeOf = clusterPlaces(services)
  const alter = async (context: HttpContext, alterations: readonly ConfigAlteration[], validateOnly = false) => {
    const name = context.req.param('topic') ?? ''
    const altered = await services.topics.alterConfigs(name, alterations, { validateOnly })
    if (altered.outcome !== 'altered') throwRefusal(name, altered)
    return new Response(null, { status: 204 })
  }
  return [
    {
      method: 'GET',
      path: `${topicPath}/configs`,
      handler: async (context) => {
        const place = await placeOf(context)
        const topic = await topicOf(context, services, true)
        const data = describeTopicConfigs(topic.configs, services.topics.defaults).map((entry) =>
          configData(place, topic, entry),
        )
        return resourceList(`${place.url}/topics/${topic.name}/configs`, 'KafkaTopicConfigList', data)
      },
    },
    {
      method: 'POST',
      path: `${topicPath}/configs:alter`,
      handler: async (context) => {
        contentTypeOf(context, [mediaType.json])
        await placeOf(context)
        const { alterations, validateOnly } = configAlterations(await jsonObjectOf(context))
        return alter(context, alterations, validateOnly)
      },
    },
    {
      method: 'GET',
      path: `${topicPath}/configs/:name`,
      handler: async (context) => {
        const place = await placeOf(context)
        const topic = await topicOf(context, services, true)
        const name = context.req.param('name') ?? ''
        const entry = describeTopicConfigs(topic.configs, services.topics.defaults).find(
          (config) => config.name === name,
        )
        if (entry === undefined) throw unknownConfig(name)
        return Response.json(configData(place, topic, entry))
      },
    },
    {
      method: 'PUT',
      path: `${topicPath}/configs/:name`,
      handler: async (context) => {
        contentTypeOf(context, [mediaType.json])
        await placeOf(context)
        const name = context.req.param('name') ?? ''
        const value = configValue(await jsonObjectOf(context))
        return alter(context, [value === null ? { name, operation: 'DELETE' } : { name, operation: 'SET', value }])
      },
    },
    {
      method: 'DELETE',
      path: `${topicPath}/configs/:name`,
      handler: async (context) => {
        await placeOf(context)
        return alter(context, [{ name: context.req.param('name') ?? '', operation: 'DELETE' }])
      },
    },
  ]
}

const unknownConfig = (name: string) =>
  new RestError(errorCode.notFound, `There is no topic config named ${quoted(name)}.`)

function configData(place: ClusterPlace, topic: Topic, entry: TopicConfigEntry): object {
  const { name, value, isDefault, defaultValue } = entry
  const set = { name, value, source: 'DYNAMIC_TOPIC_CONFIG' }
  const inherited = { name: entry.serverName ?? name, value: defaultValue, source: 'DEFAULT_CONFIG' }
  return resource(
    place,
    'KafkaTopicConfig',
    `topics/${topic.name}/configs/${name}`,
    `topic=${topic.name}/config=${name}`,
    {
      topic_name: topic.name,
      name,
      value,
      is_default: isDefault,
      is_read_only: false,
      is_sensitive: false,
      source: isDefault ? inherited.source : set.source,
      synonyms: isDefault ? [inherited] : [set, inherited],
    },
  )
}
