/** A subsegment for each call, and one in it for each request to a store. Nothing that was carried is in them. */
import { Tracer } from '@aws-lambda-powertools/tracer'
import { serviceName } from './settings.ts'

// Requests are seen as the SDK makes them; seen once more as HTTP they would be charged twice.
const tracer = new Tracer({ serviceName, captureHTTPsRequests: false })

export const captured = <Client>(client: Client): Client => tracer.captureAWSv3Client(client)

/** `run` answers an HTTP status. */
export function inSubsegment(
  name: string,
  correlationId: string | undefined,
  run: () => Promise<number>,
): Promise<number> {
  if (!tracer.isTracingEnabled()) return run()
  return tracer.provider.captureAsyncFunc(`## ${name}`, async (subsegment) => {
    tracer.annotateColdStart()
    tracer.addServiceNameAnnotation()
    if (correlationId !== undefined) tracer.putAnnotation('CorrelationId', correlationId)
    try {
      const status = await run()
      if (status >= 500) subsegment?.addFaultFlag()
      else if (status >= 400) subsegment?.addErrorFlag()
      return status
    } catch (fault) {
      // Of what kind, and no more: a message may quote what was carried.
      subsegment?.addFaultFlag()
      throw fault
    } finally {
      subsegment?.close()
    }
  }) as Promise<number>
}
