/** `GET /metrics`: what this process counts, for Prometheus; nothing where nobody counts (a function). */
import type { RouteGroup } from './routes.ts'

export const metricsRoutes: RouteGroup = ({ metrics }) =>
  metrics === undefined
    ? []
    : [
        {
          method: 'GET',
          path: '/metrics',
          query: [],
          handler: async () => {
            const { contentType, text } = await metrics()
            return new Response(text, { headers: { 'content-type': contentType } })
          },
        },
      ]
