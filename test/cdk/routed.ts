/** Which of the gateway's routes takes a request, as API Gateway chooses: the most specific path, then a method before ANY. */
import { type ApiFunctionName, apiRoutes } from '../../cdk/routes.ts'

/** A variable is one segment, `{proxy+}` at least one. */
const pattern = (path: string) => new RegExp(`^${path.replace(/\/\{\w+\+\}$/, '/.+').replaceAll(/\{\w+\}/g, '[^/]+')}$`)

/** Greedy paths come last, longer ones before shorter. */
const specificity = (path: string) => (path.includes('+}') ? 0 : 1_000) + path.split('/').length

export function functionFor(method: string, path: string): ApiFunctionName {
  const fitting = apiRoutes
    .filter((route) => pattern(route.path).test(path) && (route.method === 'ANY' || route.method === method))
    .sort(
      (a, b) => specificity(b.path) - specificity(a.path) || Number(a.method === 'ANY') - Number(b.method === 'ANY'),
    )
  const [best] = fitting
  if (best === undefined) throw new Error(`no route takes ${method} ${path}`)
  return best.function
}
