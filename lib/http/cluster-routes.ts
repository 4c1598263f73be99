/** The one cluster, by the REST Proxy's v3 routes: where a client learns the id that all other v3 paths carry. */
import type { RouteGroup } from './routes.ts'
import { baseUrl, type ClusterPlace, clusterPlaces, related, resource, resourceList } from './v3.ts'

export const clusterRoutes: RouteGroup = (services) => {
  const placeOf = clusterPlaces(services)
  return [
    {
      method: 'GET',
      path: '/v3/clusters',
      handler: async (context) => {
        const place = await placeOf(context)
        return resourceList(`${baseUrl(context)}/v3/clusters`, 'KafkaClusterList', [clusterData(place)])
      },
    },
    {
      method: 'GET',
      path: '/v3/clusters/:cluster',
      handler: async (context) => Response.json(clusterData(await placeOf(context))),
    },
  ]
}

function clusterData(place: ClusterPlace): object {
  return resource(place, 'KafkaCluster', '', '', {
    controller: related(place, 'brokers/0'),
    acls: related(place, 'acls'),
    brokers: related(place, 'brokers'),
    broker_configs: related(place, 'broker-configs'),
    consumer_groups: related(place, 'consumer-groups'),
    topics: related(place, 'topics'),
    partition_reassignments: related(place, 'topics/-/partitions/-/reassignment'),
  })
}
